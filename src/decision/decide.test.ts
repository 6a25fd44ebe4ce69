import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalHost } from '../reference/docker-hub.ts';
import { nodeReference, parseReference } from '../reference/reference.ts';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import { placeOf } from '../rules/place.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { decide } from './decide.ts';
import { explain, matches } from './explain.ts';

const defaultMirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
const sha = `sha256:${'0123456789abcdef'.repeat(4)}`;
const defaults = loadRules(defaultRulesText).ruleSet as RuleSet;
const inDefault = { namespace: 'default' };

function rulesOf(rules: object[], more: object = {}): RuleSet {
  const { ruleSet, diagnostics } = loadRules(JSON.stringify({ version: 1, ...more, rules }));
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return ruleSet as RuleSet;
}

function become(image: string, ruleSet: RuleSet, namespace = 'default'): string {
  const { action, reason, image: result } = decide(image, ruleSet, { namespace });
  return action === 'rewrite' && reason === 'rule' ? result : `${action} ${reason}`;
}

describe('the embedded rules', () => {
  test.each([
    ['k8s.gcr.io/coredns:1.3.1', `${defaultMirror}/gcr/google_containers/coredns:1.3.1`],
    ['gcr.io/google-containers/pause:3.1', `${defaultMirror}/gcr/google_containers/pause:3.1`],
    ['gcr.io/google_containers/pause:3.1', `${defaultMirror}/gcr/google_containers/pause:3.1`],
    [`asia.gcr.io/p/app@${sha}`, `${defaultMirror}/gcr/p/app@${sha}`],
    [`gcr.io/p/app:v1@${sha}`, `${defaultMirror}/gcr/p/app:v1@${sha}`],
    ['quay.io/org/app:v1', `${defaultMirror}/quay/org/app:v1`],
    ['busybox', `${defaultMirror}/dockerhub/busybox`],
    ['busybox:1.36', `${defaultMirror}/dockerhub/busybox:1.36`],
    ['docker.io/busybox:1.36', `${defaultMirror}/dockerhub/busybox:1.36`],
    ['index.docker.io/busybox', `${defaultMirror}/dockerhub/busybox`],
    ['registry-1.docker.io/busybox', `${defaultMirror}/dockerhub/busybox`],
    ['DOCKER.IO/busybox', `${defaultMirror}/dockerhub/busybox`],
    ['library/busybox', `${defaultMirror}/dockerhub/library/busybox`],
    ['docker.io/library/busybox', `${defaultMirror}/dockerhub/library/busybox`],
    [
      'amazon/aws-node-termination-handler:v1.3.1',
      `${defaultMirror}/dockerhub/amazon/aws-node-termination-handler:v1.3.1`,
    ],
    [
      '602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/coredns:v1',
      `${defaultMirror}/amazonecr/eks/coredns:v1`,
    ],
    ['K8S.GCR.IO/pause:3.9', `${defaultMirror}/gcr/google_containers/pause:3.9`],
    ['docker.elastic.co/elasticsearch/elasticsearch:7.6.2', 'keep no-rule'],
    ['localhost:5000/x', 'keep no-rule'],
    ['localhost/x', 'keep no-rule'],
    ['docker.io:443/library/busybox', 'keep no-rule'],
    ['quay.io.evil.example/x', 'keep no-rule'],
    ['gcr.io.evil.example/x', 'keep no-rule'],
    ['host_underscore.com/busybox', 'keep no-rule'],
    [`${defaultMirror}/dockerhub/busybox`, 'keep already-mirrored'],
    [`${defaultMirror}/gcr/google_containers/coredns:1.3.1`, 'keep already-mirrored'],
    [`${defaultMirror}/other/x`, 'keep no-rule'],
    ['', 'keep unparsable'],
    [' busybox', 'keep unparsable'],
    ['busybox ', 'keep unparsable'],
    ['a//b', 'keep unparsable'],
    [`k8s.gcr.io/${'a'.repeat(240)}`, 'keep unwritable'],
  ])('%s', (image, expected) => {
    expect(become(image, defaults)).toBe(expected);
  });

  test.each([
    ['direct.to/busybox:latest', 'busybox:latest'],
    [
      'direct.to/gcr.io/google_containers/pause-amd64:3.0',
      'gcr.io/google_containers/pause-amd64:3.0',
    ],
    [`direct.to/localhost:5000/x@${sha}`, `localhost:5000/x@${sha}`],
    ['direct.to/HOST/x', 'HOST/x'],
    ['direct.to/direct.to/busybox', 'direct.to/busybox'],
  ])('%s is taken back to %s', (image, origin) => {
    expect(decide(image, defaults, inDefault)).toMatchObject({
      action: 'rewrite',
      reason: 'bypass',
      image: origin,
    });
  });

  test.each(['direct.to/', 'direct.to//x', 'direct.to/UPPER', 'direct.to/ x'])(
    '%s would be no reference, so it stays',
    (image) => {
      expect(decide(image, defaults, inDefault)).toMatchObject({
        action: 'keep',
        reason: 'unwritable',
        image,
      });
    },
  );

  test.each(['DIRECT.TO/busybox', 'direct.to.example/busybox', 'direct.to:443/x'])(
    '%s is no bypass',
    (image) => {
      expect(decide(image, defaults, inDefault)).toMatchObject({
        action: 'keep',
        reason: 'no-rule',
      });
    },
  );

  test('none of 7,010 references becomes invalid, and none is rewritten twice', () => {
    const lines = gunzipSync(readFileSync('test/fixtures/references.jsonl.gz'))
      .toString()
      .trim()
      .split('\n');
    for (const { input } of lines.map((line) => JSON.parse(line) as { input: string })) {
      const { image, action, reason } = decide(input, defaults, inDefault);
      if (action !== 'rewrite') expect(image).toBe(input);
      else expect(parseReference(image), input).toBeDefined();
      // What the bypass sends to its origin is protected by its mark (see admission).
      if (reason !== 'bypass') expect(decide(image, defaults, inDefault).image, input).toBe(image);
      const { tag, digest } = parseReference(input) ?? {};
      if (reason === 'rule') expect(parseReference(image), input).toMatchObject({ tag, digest });
    }
  });
});

test.each([
  [{ from: 'gcr.io/a', to: 'm.io/x' }, 'gcr.io/a/b', 'm.io/x/b'],
  [{ from: 'gcr.io/a', to: 'm.io/x' }, 'gcr.io/ab/c', 'keep no-rule'],
  [{ from: 'gcr.io/a', to: 'm.io/x' }, 'gcr.io/a:v1', 'm.io/x:v1'],
  [{ from: 'gcr.io/a', to: 'm.io' }, 'gcr.io/a:v1', 'keep unwritable'],
  [{ from: 'gcr.io/a', to: 'm.io' }, 'gcr.io/a/b:v1', 'm.io/b:v1'],
  [{ from: 'gcr.io', to: 'm.io' }, 'gcr.io/a:v1', 'm.io/a:v1'],
  [{ from: 'gcr.io', keep: true }, 'gcr.io/a', 'keep rule'],
  [{ from: 'gcr.io', deny: 'no' }, 'gcr.io/a', 'deny rule'],
  [{ from: 'gcr.io', to: 'm.io/${registry}' }, 'GCR.io/a', 'm.io/gcr.io/a'],
  [{ from: 'localhost:5000', to: 'm.io/${registry}' }, 'localhost:5000/a', 'm.io/localhost-5000/a'],
  [{ from: '*.gcr.io', to: 'm.io/${registry}' }, 'a.b.gcr.io/x', 'm.io/a.b.gcr.io/x'],
  [{ from: '*.gcr.io', to: 'm.io/${registry}' }, 'gcr.io/x', 'keep no-rule'],
  [{ from: '*.gcr.io', to: 'm.io/${registry}' }, 'xgcr.io/x', 'keep no-rule'],
  [{ from: '*.gcr.io/p', to: 'm.io/p' }, 'a.gcr.io/p/x', 'm.io/p/x'],
  [{ from: '*', to: 'm.io/${registry}' }, 'busybox', 'm.io/docker.io/busybox'],
  [{ from: '*', to: 'm.io/${registry}' }, 'x.io:5000/a', 'm.io/x.io-5000/a'],
  [{ from: '*', to: 'm.io/${registry}' }, 'HOST.io:5000/a', 'm.io/host.io-5000/a'],
  [{ from: '*', to: 'm.io/${registry}' }, '[::1]:5000/a', 'keep unwritable'],
  [{ from: '*', to: 'm.io/${registry}' }, 'm.io/x.io/a', 'keep already-mirrored'],
  [{ from: '*', to: 'm.io/${registry}/y' }, 'm.io/x.io/a', 'm.io/m.io/y/x.io/a'],
  // The grammar has no underscore in hosts; containerd asks these all the same.
  [{ from: '*', to: 'm.io/all' }, 'a_b.example/x:1', 'm.io/all/x:1'],
  [{ from: '*', to: 'm.io/${registry}' }, `a__b.example/x@${sha}`, `m.io/a__b.example/x@${sha}`],
  [{ from: '*', deny: 'no' }, 'a_b.example/x', 'deny rule'],
  [{ from: '*.example', deny: 'no' }, 'a_b.example/x', 'deny rule'],
  [{ from: 'a_b.example', deny: 'no' }, 'a_b.example/x', 'deny rule'],
  [{ from: 'A_B.example/org', to: 'm.io/o' }, 'a_b.example/org/x', 'm.io/o/x'],
  [{ from: 'a_b.example/org', to: 'm.io/o' }, 'a_b.example/x', 'keep no-rule'],
  [{ from: '*.a_b.example', to: 'm.io/${registry}' }, 'c.a_b.example/x', 'm.io/c.a_b.example/x'],
  [{ from: 'docker.io', deny: 'no' }, 'a_b.example/x', 'keep no-rule'],
  [{ from: 'docker.io/a_b', to: 'm.io/o' }, 'a_b/x', 'm.io/o/x'],
  [{ from: '*', to: 'm.io/a_b.example' }, 'm.io/a_b.example/x', 'keep already-mirrored'],
  [{ from: 'docker.io', to: 'm.io/d', library: 'always' }, 'busybox', 'm.io/d/library/busybox'],
  [
    { from: 'docker.io', to: 'm.io/d', library: 'always' },
    'registry-1.docker.io/busybox',
    'm.io/d/library/busybox',
  ],
  [{ from: 'docker.io', to: 'm.io/d', library: 'never' }, 'library/busybox', 'm.io/d/busybox'],
  [{ from: 'docker.io', to: 'm.io/d', library: 'never' }, 'org/busybox', 'm.io/d/org/busybox'],
  [{ from: 'docker.io', to: 'm.io/d', library: 'never' }, 'library/a/b', 'm.io/d/library/a/b'],
  [{ from: 'docker.io', to: 'm.io/d' }, 'docker.io/library/a/b', 'm.io/d/library/a/b'],
  [{ from: 'docker.io', to: 'm.io/d' }, 'auto', 'keep placeholder'],
  // Istio's injector compares by the letter.
  [{ from: 'docker.io', to: 'm.io/d' }, 'auto:latest', 'm.io/d/auto:latest'],
  [{ from: 'docker.io/library', to: 'm.io/d' }, 'busybox', 'm.io/d/busybox'],
  [{ from: 'docker.io/library', to: 'm.io/d' }, 'org/busybox', 'keep no-rule'],
  [{ from: 'docker.io/busybox', to: 'm.io/b' }, 'busybox:1', 'm.io/b:1'],
  [{ from: 'docker.io/busybox', to: 'm.io/b' }, 'docker.io/library/busybox', 'm.io/b'],
  [{ from: 'docker.io/busybox', to: 'm.io/b' }, 'registry-1.docker.io/busybox', 'm.io/b'],
  [{ from: 'docker.io/busybox', to: 'm.io/b' }, 'busybox/x', 'm.io/b/x'],
  [{ from: 'docker.io/busybox', deny: 'no' }, 'busybox', 'deny rule'],
  [{ from: 'quay.io/foo', to: 'docker.io/foo' }, 'docker.io/foo', 'keep already-mirrored'],
  [{ from: 'quay.io', to: 'docker.io' }, 'quay.io/org/x', 'docker.io/org/x'],
])('%j: %s → %s', (rule, image, expected) => {
  expect(become(image, rulesOf([rule]))).toBe(expected);
});

describe('of several rules', () => {
  const ruleSet = rulesOf([
    { from: '*', to: 'm.io/any/${registry}' },
    { from: '*.io', to: 'm.io/io/${registry}' },
    { from: '*.gcr.io', to: 'm.io/below/${registry}' },
    { from: 'gcr.io/a/b', to: 'm.io/ab' },
    { from: 'gcr.io', to: 'm.io/gcr' },
    { from: 'gcr.io/a', to: 'm.io/a' },
    { from: 'eu.gcr.io/p', to: 'm.io/p' },
  ]);
  test.each([
    ['gcr.io/x', 'm.io/gcr/x'],
    ['gcr.io/a/x', 'm.io/a/x'],
    ['gcr.io/a/b/x', 'm.io/ab/x'],
    ['gcr.io/a/bc/x', 'm.io/a/bc/x'],
    ['eu.gcr.io/p/x', 'm.io/p/x'],
    ['eu.gcr.io/q/x', 'm.io/below/eu.gcr.io/q/x'],
    ['quay.io/x', 'm.io/io/quay.io/x'],
    ['quay.example/x', 'm.io/any/quay.example/x'],
  ])('the most specific decides %s', (image, expected) => {
    expect(become(image, ruleSet)).toBe(expected);
  });
});

describe('namespaces', () => {
  test('of the file', () => {
    const ruleSet = rulesOf([{ from: 'gcr.io', to: 'm.io' }], {
      namespaces: { exclude: ['kube-*'] },
    });
    expect(become('gcr.io/x', ruleSet)).toBe('m.io/x');
    expect(become('gcr.io/x', ruleSet, 'kube-system')).toBe('keep namespace');
    expect(decide('direct.to/x', ruleSet, { namespace: 'kube-system' }).action).toBe('keep');
  });
  test('of a rule: elsewhere the next best holds', () => {
    const ruleSet = rulesOf([
      { from: 'gcr.io', to: 'm.io/all' },
      { from: 'gcr.io/a', to: 'm.io/team', namespaces: { include: ['team-*'] } },
    ]);
    expect(become('gcr.io/a/x', ruleSet, 'team-1')).toBe('m.io/team/x');
    expect(become('gcr.io/a/x', ruleSet, 'other')).toBe('m.io/all/a/x');
  });
});

test('a rule for an official image by its whole name goes before one by its short name', () => {
  const ruleSet = rulesOf([
    { from: 'docker.io/busybox', to: 'm.io/short' },
    { from: 'docker.io/library/busybox', to: 'm.io/whole' },
  ]);
  expect(become('busybox', ruleSet)).toBe('m.io/whole');
});

test('another bypass, or none', () => {
  expect(decide('origin.test/x', rulesOf([], { bypass: 'origin.test' }), inDefault).image).toBe(
    'x',
  );
  expect(decide('direct.to/x', rulesOf([], { bypass: false }), inDefault)).toMatchObject({
    action: 'keep',
    reason: 'no-rule',
  });
});

describe('any image under any rules', () => {
  const host = fc.constantFrom(
    'a.io',
    'b.a.io',
    'c.b.a.io',
    'docker.io',
    'registry-1.docker.io',
    'm.io',
    'A.io',
    'localhost',
    'x:5000',
    'a_b.io',
    'x.a_b.io',
  );
  const segment = fc.constantFrom('a', 'b', 'library', 'cc');
  const path = fc.array(segment, { maxLength: 3 }).map((segments) => segments.join('/'));
  const from = fc.oneof(
    fc.tuple(host, path).map(([name, rest]) => (rest === '' ? name : `${name}/${rest}`)),
    fc.constantFrom('*', '*.io', '*.a.io', '*.b.a.io/a'),
  );
  const to = fc.constantFrom(
    'm.io',
    'm.io/x',
    'm.io/a/b',
    'n.io/${registry}',
    'a.io/m',
    'docker.io',
    'm.io/${registry}/y',
  );
  const rule = fc.record({ from, to, library: fc.constantFrom('as-written', 'always', 'never') });
  const rules = fc.uniqueArray(rule, {
    maxLength: 8,
    selector: ({ from: name }) =>
      canonicalHost(name.split('/')[0] ?? '') + name.slice(name.indexOf('/') + 1 || name.length),
  });
  const image = fc
    .tuple(fc.option(host), path, fc.constantFrom('', ':v1', `@${sha}`, `:v1@${sha}`))
    .map(([name, rest, end]) => `${name === null ? '' : `${name}/`}${rest}${end}`);

  /** Reading rules takes longer than deciding, so that several images share them. */
  const images = fc.array(image, { minLength: 3, maxLength: 3 });

  test('the index finds what a look at every rule finds', () => {
    const holds = (text: string, ruleSet: RuleSet) => {
      const reference = nodeReference(text);
      const { decision, considered } = explain(text, ruleSet, inDefault);
      if (reference === undefined) return;
      const place = placeOf(reference);
      const rank = (kind: string) => ['any', 'below', 'host'].indexOf(kind);
      const best = ruleSet.indexed
        .filter((one) => matches(one, place))
        .sort(
          (a, b) =>
            rank(b.origin.kind) - rank(a.origin.kind) ||
            b.origin.host.length - a.origin.host.length ||
            b.origin.path.length - a.origin.path.length,
        )[0];
      const [first = decision] = decision.earlier ?? [];
      if (first.reason !== 'already-mirrored') expect(first.rule).toBe(best);
      expect(
        considered.filter(({ verdict }) => verdict === 'decided').map((one) => one.rule),
      ).toEqual(decision.rule === undefined ? [] : [decision.rule]);
    };
    fc.assert(
      fc.property(rules, images, (list, texts) => {
        const ruleSet = rulesOf(list);
        for (const text of texts) holds(text, ruleSet);
      }),
      { numRuns: 1000 },
    );
  });

  test('deciding twice changes nothing, tag and digest stay', () => {
    const holds = (text: string, ruleSet: RuleSet) => {
      const first = decide(text, ruleSet, inDefault);
      expect(decide(first.image, ruleSet, inDefault).image).toBe(first.image);
      if (first.action !== 'rewrite') {
        expect(first.image).toBe(text);
        return;
      }
      const { tag, digest } = parseReference(text) ?? {};
      expect(parseReference(first.image)).toMatchObject({ tag, digest });
    };
    fc.assert(
      fc.property(rules, images, (list, texts) => {
        const ruleSet = rulesOf(list);
        for (const text of texts) holds(text, ruleSet);
      }),
      { numRuns: 1000 },
    );
  });

  test('any text gives a decision', () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor', 'a.io/__proto__/constructor'),
    );
    fc.assert(
      fc.property(rules, fc.array(anyText, { minLength: 3, maxLength: 3 }), (list, texts) => {
        const ruleSet = rulesOf(list);
        for (const text of texts) {
          const { action, image: result } = decide(text, ruleSet, inDefault);
          if (action === 'keep') expect(result).toBe(text);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
