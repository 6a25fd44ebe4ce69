import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { decide } from '../../src/decision/decide.ts';
import { findImages, type ManifestImage } from '../../src/manifest/find-images.ts';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { defaultSettings } from '../../src/target/contract/options.ts';
import { kustomize } from '../../src/target/kustomize.ts';
import { buildOnce } from '../rig/build-once.ts';
import { image, rulesFile } from '../support/arbitrary-rules.ts';

/** Trees, each of a random rules file and some hundred images. */
const treeCount = Number(process.env.DETOUR_KUSTOMIZE_TREES ?? 12);
const seed = Number(process.env.DETOUR_SEED ?? Date.now() | 0);

const program = buildOnce('test/target/build-kustomize.sh');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-kustomize-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, 'kustomization.yaml'), text);
}

function build(name: string): string {
  return execFileSync(program, ['build', join(folder, name)], { encoding: 'utf8' });
}

function rulesOf(text: string): RuleSet {
  const { ruleSet, diagnostics } = loadRules(text);
  if (ruleSet === undefined) throw new Error(JSON.stringify(diagnostics));
  return ruleSet;
}

function component(manifests: string, ruleSet: RuleSet) {
  const { images: found, errors } = findImages(manifests);
  expect(errors).toEqual([]);
  const images = found.map((each) => ({ ...each, file: 'objects.yaml' }));
  const { documents, diagnostics } = kustomize.compile(ruleSet, { ...defaultSettings, images });
  return { text: documents[0]?.text ?? '', diagnostics };
}

/** What kustomize makes of manifests with the component, as objects. */
function transform(manifests: string, text: string): Named[] {
  write('base', 'resources: [objects.yaml]\n');
  writeFileSync(join(folder, 'base', 'objects.yaml'), manifests);
  write('detour', text);
  write('all', 'resources: [../base]\ncomponents: [../detour]\n');
  return parseAllDocuments(build('all')).map((document) => document.toJS() as Named);
}

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const template = (images: readonly string[]) => ({
  containers: images.map((each, index) => ({ name: `c${index}`, image: each })),
  initContainers: images.map((each, index) => ({ name: `i${index}`, image: each })),
  volumes: images.map((reference, index) => ({ name: `v${index}`, image: { reference } })),
});

/** The images at every place that kustomize looks at, of several kinds. */
function objects(images: readonly string[], namespace: string): object[] {
  const metadata = (name: string) => ({ name, namespace });
  const { volumes, ...listed } = template(images);
  return [
    { apiVersion: 'v1', kind: 'Pod', metadata: metadata('p'), spec: template(images) },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata('d'),
      spec: { template: { spec: { ...listed, volumes } } },
    },
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: metadata('j'),
      spec: { jobTemplate: { spec: { template: { spec: listed } } } },
    },
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: metadata('r'),
      spec: { a: [{ deep: { spec: listed } }] },
    },
  ];
}

test('of every image that kustomize can rename it makes what decide says; of the others it is reported', () => {
  let renamed = 0;
  const images = fc.array(image, { minLength: 40, maxLength: 80 });
  fc.assert(
    fc.property(rulesFile, images, images, (file, first, second) => {
      const ruleSet = rulesOf(JSON.stringify(file));
      const manifests = [...objects(first, 'policy-a1'), ...objects(second, 'policy-b1')]
        .map((object) => stringify(object, { lineWidth: 0 }))
        .join('---\n');
      const { text, diagnostics } = component(manifests, ruleSet);
      const reported = diagnostics.map(({ message }) => message).join('\n');
      const before = findImages(manifests).images;
      const after = transform(manifests, text);
      for (const one of before) {
        const decision = decide(one.image, ruleSet, one.object);
        const wanted = decision.action === 'rewrite' ? decision.image : one.image;
        const got = imageAt(after, one);
        if (got !== one.image) renamed++;
        if (got === wanted) continue;
        // Left as it is, and said so, by itself or by its name.
        const name = one.image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
        expect([got, reported.includes(one.image) || reported.includes(`"${name}"`)]).toEqual([
          one.image,
          true,
        ]);
      }
    }),
    { numRuns: treeCount, seed, endOnFailure: true },
  );
  expect(renamed).toBeGreaterThan(treeCount * 50);
});

test('a rule for one image gives it another tag or a digest, and leaves its other tags to their rule', () => {
  const digest = `sha256:${'b'.repeat(64)}`;
  const rules = [
    { from: 'docker.io', to: 'm.example/hub', path: 'joined' },
    { from: 'docker.io/corp/app:1', to: 'm.example/fix/app:1-p2' },
    { from: 'docker.io/corp/app:latest', to: `m.example/fix/app@${digest}` },
    { from: 'm.example/hub/corp-app', to: 'n.example/app' },
  ];
  const ruleSet = rulesOf(JSON.stringify({ version: 1, rules }));
  const images = ['corp/app:1', 'corp/app', 'corp/app:2', 'corp/other'];
  const manifests = stringify(objects(images, 'default')[0]);
  const { text, diagnostics } = component(manifests, ruleSet);
  expect(diagnostics).toEqual([]);
  const [pod] = transform(manifests, text);
  const made = findImages(stringify(pod)).images.slice(0, 4);
  expect(made.map((each) => each.image)).toEqual([
    'm.example/fix/app:1-p2',
    `m.example/fix/app@${digest}`,
    'n.example/app:2',
    'm.example/hub/corp-other',
  ]);
});

describe('with the rules that come with the program', () => {
  const mirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
  const defaultSettings = rulesOf(defaultRulesText);
  const pod = (...images: string[]) => stringify(objects(images, 'default')[0]);
  const imagesOf = (object: Named | undefined) =>
    findImages(stringify(object)).images.flatMap(({ path, image: each }) =>
      path[1] === 'containers' ? each : [],
    );

  test('an image taken to its origin is not taken on to the mirror by the entry of that', () => {
    const manifests = pod(
      'direct.to/direct.to/busybox',
      'direct.to/busybox:1',
      'busybox:1',
      'direct.to/quay.io/a',
      'quay.io/a',
    );
    const { text, diagnostics } = component(manifests, defaultSettings);
    expect(diagnostics).toEqual([]);
    expect(imagesOf(transform(manifests, text)[0])).toEqual([
      'direct.to/busybox',
      'busybox:1',
      `${mirror}/dockerhub/busybox:1`,
      'quay.io/a',
      `${mirror}/quay/a`,
    ]);
  });

  test('an entry is for its name alone, not for what its dots could stand for', () => {
    const { text } = component(pod('quay.io/a.b/c'), defaultSettings);
    const [object] = transform(pod('quay.io/a.b/c:1', 'quay.io/axb/c:1', 'quayxio/a.b/c'), text);
    expect(imagesOf(object)).toEqual([
      `${mirror}/quay/a.b/c:1`,
      'quay.io/axb/c:1',
      'quayxio/a.b/c',
    ]);
  });

  test('what kustomize does wrong or not at all is reported, and stays as it is', () => {
    const images = [`quay.io/a@sha512:${'0'.repeat(128)}`, 'direct.to/localhost:5000/x:1'];
    const { text, diagnostics } = component(pod(...images), defaultSettings);
    expect(diagnostics.map(({ message }) => message)).toEqual(
      images.map((each) => expect.stringContaining(`of ${each}`)),
    );
    expect(imagesOf(transform(pod(...images), text)[0])).toEqual(images);
  });

  test('a component of nothing changes nothing', () => {
    const { text } = component(pod('unknown.example/x'), defaultSettings);
    expect(imagesOf(transform(pod('busybox'), text)[0])).toEqual(['busybox']);
  });

  test('laid over an overlay, as the guide has it, it finds what that renamed and tagged', () => {
    write('base', 'resources: [objects.yaml]\n');
    writeFileSync(join(folder, 'base', 'objects.yaml'), pod('nginx'));
    write('overlay', 'resources: [../base]\nimages: [{name: nginx, newTag: "1.29"}]\n');
    write('detour', component(build('overlay'), defaultSettings).text);
    write('all', 'resources: [../overlay]\ncomponents: [../detour]\n');
    const [object] = parseAllDocuments(build('all')).map((each) => each.toJS());
    expect(imagesOf(object)).toEqual([`${mirror}/dockerhub/nginx:1.29`]);
  });
});

/**
 * The image at the same place of what came out. Kustomize sorts objects, and keeps what is in them.
 */
function imageAt(after: readonly Named[], { object, path }: ManifestImage): unknown {
  const found = after.find(
    ({ kind, metadata }) =>
      kind === object.kind && (metadata.namespace ?? 'default') === object.namespace,
  );
  const step = (value: unknown, key: string | number) =>
    (value as Record<string | number, unknown> | undefined)?.[key];
  return path.reduce(step, found);
}
