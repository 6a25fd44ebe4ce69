import { readFile } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import type * as Review from '../src/admission/review.ts';
import type * as Registration from '../src/admission/webhook-configuration.ts';
import type * as Manifest from '../src/manifest/find-images.ts';
import type * as Load from '../src/rules/load.ts';
import { reviewBody } from './support/admission-review.ts';

type Core = typeof Review & typeof Registration & typeof Manifest & typeof Load;

/** What a later version of Kubernetes might have: a new list, with its images two keys down. */
const row = `{ letter: 'm', list: 'models', path: ['source', 'image'], pullPolicy: ['policy'], isUpdatable: true }`;
const addRow: Plugin = {
  name: 'add a row',
  setup({ onLoad }) {
    onLoad({ filter: /image-fields\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { contents: text.replace(/\n\];/, `\n  ${row},\n];`), loader: 'ts' };
    });
  },
};
const spec = { models: [{ name: 'a', source: { image: 'nginx', weight: 3 } }] };
let core: Core;

beforeAll(async () => {
  const modules = [
    'admission/review',
    'admission/webhook-configuration',
    'manifest/find-images',
    'rules/load',
  ];
  const { outputFiles } = await build({
    stdin: {
      contents: modules.map((name) => `export * from './src/${name}.ts';`).join('\n'),
      resolveDir: process.cwd(),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    plugins: [addRow],
  });
  const code = Buffer.from(outputFiles[0]?.text ?? '').toString('base64');
  core = await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`);
});

test('a row is all that the webhook needs to rewrite the images of another list', () => {
  const { ruleSet } = core.loadRules('version: 1\nrules: [{from: docker.io, to: m.example}]\n');
  const object = { metadata: { name: 'p' }, spec };
  const request = { uid: 'u', operation: 'CREATE', namespace: 'default', object };
  const { decisions, patch } = core.reviewAdmission(reviewBody(request), ruleSet!);
  expect(decisions).toMatchObject([{ place: 'm/a', image: 'nginx' }]);
  expect(patch).toEqual([
    { op: 'replace', path: '/spec/models/0/source/image', value: 'm.example/nginx' },
  ]);
});

test('and all that manifests need', () => {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', spec });
  expect(core.findImages(text).images).toMatchObject([{ place: 'm/a', image: 'nginx' }]);
});

test('and registrations, where an update can change it', () => {
  expect(core.matchConditions.at(-1)?.expression).toContain(
    'object.spec.models.map(c, has(c.source) && has(c.source.image) ? c.source.image : "")',
  );
});
