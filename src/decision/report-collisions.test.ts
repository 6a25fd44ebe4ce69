import { describe, expect, test } from 'vitest';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { reportCollisions } from './report-collisions.ts';

const sha = `sha256:${'a'.repeat(64)}`;

const ruleSet = loadRules(`version: 1
rules:
  - {from: [a.example, b.example], to: m.example/x}
  - {from: quay.io, to: m.example/x}
  - {from: "*.gcr.io", to: m.example/g}
  - {from: registry.k8s.io, to: m.example/k8s, path: last}
  - {from: nvcr.io, to: m.example/nv, path: joined}
  - {from: [quay.io/pin:1, "a.example/pinned:2"], to: m.example/pin:3}
  - {from: ["*.gcr.io/p/pin:1"], to: m.example/pin:4}
  - {from: docker.io, to: h.example/hub, library: always}
  - {from: h.example/hub/oauth2-proxy, to: h.example/quay/oauth2-proxy}
  - {from: z.example, to: h.example/quay}
  - {from: dev.example, to: m.example/x, namespaces: {include: [dev]}}
`).ruleSet as RuleSet;

const collisions = (...images: string[]) =>
  reportCollisions(images, ruleSet).map(({ message }) => message);

describe('images that become the same are reported', () => {
  test.each([
    [['a.example/app:1', 'quay.io/app:1'], 'm.example/x/app:1'],
    [['a.example/app', 'quay.io/app:latest'], 'm.example/x/app:latest'],
    [['eu.gcr.io/app:1', 'us.gcr.io/app:1'], 'm.example/g/app:1'],
    [['eu.gcr.io/p/pin:1', 'us.gcr.io/p/pin:1'], 'm.example/pin:4'],
    [['registry.k8s.io/coredns:1', 'registry.k8s.io/coredns/coredns:1'], 'm.example/k8s/coredns:1'],
    [['nvcr.io/a/b-c:1', 'nvcr.io/a-b/c:1'], 'm.example/nv/a-b-c:1'],
    [['oauth2-proxy/x:1', 'z.example/oauth2-proxy/x:1'], 'h.example/quay/oauth2-proxy/x:1'],
    [['dev.example/app:1', 'quay.io/app:1'], 'm.example/x/app:1'],
  ])('%j', (images, becomes) => {
    expect(collisions(...images)).toEqual([
      `2 different images become ${becomes}: ${images.join(', ')}`,
    ]);
  });

  test('once for each name, with three of the images, at the rule of the first', () => {
    const images = ['eu', 'us', 'asia', 'eu', 'me', 'us'].map((host) => `${host}.gcr.io/app:1`);
    expect(reportCollisions(images, ruleSet)).toEqual([
      {
        line: 5,
        column: 12,
        code: 'colliding-images',
        severity: 'warning',
        message:
          '4 different images become m.example/g/app:1: eu.gcr.io/app:1, us.gcr.io/app:1, asia.gcr.io/app:1 and 1 more',
        expected: 'one list if they are the same images, otherwise a rule for one of them',
      },
    ]);
  });
});

describe('images that are the same are not', () => {
  test.each([
    [['a.example/app:1', 'b.example/app:1']], // one list
    [['quay.io/pin:1', 'a.example/pinned:2']],
    [['a.example/app:1', 'a.example/app:1']],
    [['quay.io/app', 'quay.io/app:latest']],
    [['nginx', 'docker.io/library/nginx:latest']],
    [['nginx', 'registry-1.docker.io/nginx', 'index.docker.io/nginx']],
    // A digest says which image it is.
    [[`a.example/app@${sha}`, `quay.io/app@${sha}`]],
    // The first is pulled as the second, by whatever rule comes next.
    [['oauth2-proxy/x:1', 'h.example/hub/oauth2-proxy/x:1']],
    [['a.example/app:1', 'm.example/x/app:1']],
    [['a.example/app:1', 'quay.io/app:2']],
    [['direct.to/a.example/app', 'a.example/app']],
  ])('%j', (images) => {
    expect(collisions(...images)).toEqual([]);
  });
});

test('the work grows with the number of images, also if all of them meet', () => {
  const seconds = (count: number) => {
    const images = Array.from({ length: count }, (_, at) => `r${at}.gcr.io/app:1`);
    const start = performance.now();
    expect(collisions(...images.slice(0, 50_000))).toHaveLength(1);
    return (performance.now() - start) / 1_000;
  };
  const few = seconds(5_000);
  expect(seconds(50_000)).toBeLessThan(60 * few + 1);
});
