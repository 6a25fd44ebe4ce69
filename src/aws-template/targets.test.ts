import fs, { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { reviewBody } from '../../test/support/admission-review.ts';
import { answerReview } from '../../test/support/answer-review.ts';
import { rest } from '../../test/support/lambda-events.ts';
import { runDetour } from '../../test/support/run-detour.ts';
import type { handler as lambdaHandler } from '../lambda/handler.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { hasTemplateSource } from './source.ts';

const folder = mkdtempSync(join(tmpdir(), 'aws-template-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rulesText = `
version: 1
mirror: mirror.example.com
expect:
  quay.io/a: mirror.example.com/quay/a
rules:
  - from: quay.io
    to: \${mirror}/quay
  - from: evil.example
    deny: 不允许 — 请联系平台团队 \`\${x}\`
  - from: docker.io
    to: mirror.example.com/hub
    library: always
`;

async function compile(target: string, text = rulesText, ...options: readonly string[]) {
  const file = join(folder, 'detour.yaml');
  writeFileSync(file, text);
  return await runDetour(['--rules', file, 'compile', target, ...options]);
}

const readTemplate = (yaml: string) => parse(yaml, { logLevel: 'silent' });

/** Loads the function in a template as Lambda does. */
function load(template: string): typeof lambdaHandler {
  const { ZipFile } = readTemplate(template).Resources.Function.Properties.Code;
  const file = join(mkdtempSync(join(folder, 'function-')), 'index.cjs');
  writeFileSync(file, ZipFile);
  return createRequire(import.meta.url)(file).handler;
}

const review = (image: string) =>
  reviewBody({
    uid: 'u',
    kind: { kind: 'Pod' },
    operation: 'CREATE',
    namespace: 'default',
    object: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image }] } },
  });

describe.each(['cloudformation', 'sam'])('detour compile %s', (target) => {
  test('prints a template whose function decides by the rules file', async () => {
    const { code, stdout, stderr } = await compile(target);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^# From the rules file by `detour compile \w+`\. Deploy it:\n# /);
    expect(stdout).toMatch(/^[\n -~]+$/);
    // The function has no use for the tests of the file.
    expect(stdout).not.toContain('"expect"');
    vi.spyOn(fs, 'writeSync').mockImplementation((_, bytes) => bytes.length);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    const handler = load(stdout);
    const ruleSet = loadRules(rulesText).ruleSet as RuleSet;
    for (const image of ['quay.io/a', 'busybox', 'evil.example/x', 'gcr.io/a', 'direct.to/a']) {
      const { body } = await handler(rest(review(image)));
      expect(body).toBe(answerReview(review(image), ruleSet).body);
    }
    expect(await handler({ detour: 'rules' })).toMatchObject({ valid: true, rules: 3 });
  });

  test('leaves out every parameter by which the stack would change the rules', async () => {
    const { stdout } = await compile(target);
    const { Parameters, Metadata } = readTemplate(stdout);
    const names = Object.keys(Parameters);
    expect(names).toContain('IncludeKubeSystem');
    const wanted = ['MirrorRegistry', 'OptOutLabel', 'Rules', 'RulesParameter', 'RulesObject'];
    for (const name of wanted) expect(names).not.toContain(name);
    for (const name of wanted) expect(stdout).not.toMatch(new RegExp(`\\b${name}\\b(?!:$)`, 'm'));
    if (target !== 'cloudformation') return;
    const { ParameterGroups } = Metadata['AWS::CloudFormation::Interface'];
    const grouped = ParameterGroups.flatMap((group: { Parameters: string[] }) => group.Parameters);
    expect(grouped.toSorted()).toEqual(names.toSorted());
  });

  test('has a registration that leaves out the namespaces that are named', async () => {
    const { stdout } = await compile(target, rulesText, '--exclude-namespace', 'calico-system');
    const [, { Excluded }] = readTemplate(stdout).Outputs.WebhookConfiguration.Value;
    expect(Excluded).toEqual([
      'IncludesKubeSystem',
      '["image-detour","calico-system"]',
      '["kube-system","image-detour","calico-system"]',
    ]);
  });

  test.each([
    ['', /disabled/],
    ['exits: none\n', /^\{\}$/],
  ])('has the label that keeps Pods away only if the rules allow it', async (exits, selector) => {
    const { stdout } = await compile(target, rulesText.replace('rules:', `${exits}rules:`));
    const [, { ObjectSelector }] = readTemplate(stdout).Outputs.WebhookConfiguration.Value;
    expect(ObjectSelector).toMatch(selector);
  });

  test('reports a template that must go by way of a bucket, and one that is too large', async () => {
    const rule = (index: number) =>
      `  - {from: registry-${index}.example, to: m.example/${index}}\n`;
    const many = (count: number) =>
      `version: 1\nrules:\n${Array.from({ length: count }, (_, index) => rule(index)).join('')}`;
    const large = await compile(target, many(1000));
    expect(large.code).toBe(0);
    expect(large.stderr).toMatch(/note not-expressible: the template has \d+ bytes.*--s3-bucket/);
    const huge = await compile(target, many(20_000));
    expect([huge.code, huge.stdout]).toEqual([1, '']);
    expect(huge.stderr).toContain('CloudFormation takes 1000000');
  });
});

test('an installation without the files, such as the container image, is recognized', () => {
  expect(hasTemplateSource(new URL('../../', import.meta.url))).toBe(true);
  expect(hasTemplateSource(new URL('./', import.meta.url))).toBe(false);
});
