import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { runDetour } from '../../test/support/run-detour.ts';

const folder = mkdtempSync(join(tmpdir(), 'detour-registration-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string): string {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, text);
  return path;
}

const rulesWith = (exits: string) =>
  file(`version: 1\nexits: ${exits}\nrules:\n  - from: docker.io\n    to: m.example\n`);
const url = ['--url', 'https://detour.example/mutate'];

describe('detour webhook leaves the label of Pods out', () => {
  const selectorOf = async (args: readonly string[], env = {}) => {
    const { code, stdout } = await runDetour([...args, 'webhook', ...url], { env });
    expect(code).toBe(0);
    const [webhook] = parse(stdout).webhooks;
    // The namespace selector stays, because authors of Pods cannot change the labels of namespaces.
    expect(JSON.stringify(webhook.namespaceSelector)).toContain('"key":"image-detour"');
    return webhook.objectSelector;
  };

  test.each(['none', '[]', '[bypass, annotation]'])('if the rules say exits: %s', async (exits) => {
    expect(await selectorOf(['--rules', rulesWith(exits)])).toBeUndefined();
    expect(await selectorOf([], { DETOUR_RULES: rulesWith(exits) })).toBeUndefined();
  });

  test('and in no other case', async () => {
    expect(await selectorOf([])).toBeDefined();
    for (const exits of ['all', '[label]'])
      expect(await selectorOf(['--rules', rulesWith(exits)])).toBeDefined();
  });

  test('with --no-opt-out-label, whatever the rules say', async () => {
    const { stdout } = await runDetour(['webhook', ...url, '--no-opt-out-label']);
    expect(parse(stdout).webhooks[0]).not.toHaveProperty('objectSelector');
  });

  test('from rules that are broken it makes nothing', async () => {
    const args = ['--rules', file('version: 2\n'), 'webhook', ...url];
    expect(await runDetour(args)).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('detour check --registration', () => {
  const registration = async (edit: object = {}) => {
    const { stdout } = await runDetour(['webhook', ...url, '--failure-policy', 'Fail']);
    const configuration = parse(stdout);
    Object.assign(configuration.webhooks[0], edit);
    return configuration;
  };
  const check = async (exits: string, configuration: object, ...more: readonly string[]) => {
    const args = ['--rules', rulesWith(exits), 'check', '--registration', '-', ...more];
    const { code, stdout } = await runDetour(args, { stdin: stringify(configuration) });
    return {
      code,
      codes: [...stdout.matchAll(/^mutating\S+ (?:warning|note) ([\w-]+)/gm)].map((m) => m[1]),
    };
  };

  test.each<[string, object]>([
    ['the opt-out label', {}],
    ['a label that Pods must have', { objectSelector: { matchLabels: { mirror: 'on' } } }],
  ])('finds %s, if the rules close the exit', async (_, edit) => {
    const configuration = await registration(edit);
    const found = { code: 1, codes: ['registration-label'] };
    expect(await check('none', configuration)).toEqual(found);
    expect(await check('[bypass]', configuration)).toEqual(found);
    expect(await check('[label]', configuration)).toEqual({ code: 0, codes: [] });
    expect(await check('all', configuration)).toEqual({ code: 0, codes: [] });
  });

  test.each([{ objectSelector: undefined }, { objectSelector: {} }])(
    'finds nothing with %j, and so in what detour webhook prints for these rules',
    async (edit) => {
      expect(await check('none', await registration(edit))).toEqual({ code: 0, codes: [] });
    },
  );

  test('finds what else lets a Pod past: a condition on what its author writes, an operation that is missing', async () => {
    const condition = '!has(object.metadata.labels) || !("skip" in object.metadata.labels)';
    const configuration = await registration({
      objectSelector: {},
      matchConditions: [{ name: 'skip', expression: condition }],
      rules: [{ apiGroups: [''], operations: ['CREATE'], resources: ['pods', 'pods/*'] }],
    });
    expect(await check('none', configuration)).toEqual({
      code: 1,
      codes: ['registration-condition', 'registration-gap', 'registration-gap'],
    });
    expect((await check('[label]', configuration)).codes).not.toContain('registration-condition');
    const [webhook] = configuration.webhooks;
    webhook.rules[0].operations = ['*'];
    webhook.matchConditions = [{ name: 'x', expression: 'request.userInfo.username != "a"' }];
    expect(await check('none', configuration)).toEqual({ code: 0, codes: [] });
  });

  test('notes that Ignore fails open', async () => {
    const edit = { objectSelector: {}, failurePolicy: 'Ignore' };
    expect(await check('none', await registration(edit))).toEqual({
      code: 0,
      codes: ['fails-open'],
    });
  });

  test('looks at the webhook for kube-system, too', async () => {
    const args = ['--failure-policy', 'Fail', '--include-kube-system', '--no-opt-out-label'];
    const { stdout } = await runDetour(['webhook', ...url, ...args]);
    expect(await check('none', parse(stdout))).toEqual({ code: 0, codes: ['fails-open'] });
  });

  test('reads a List, and JSON of a file, and prints one JSON object a finding', async () => {
    const other = { kind: 'MutatingWebhookConfiguration', webhooks: [{ name: 'istio.io' }] };
    const list = { kind: 'List', items: [other, await registration()] };
    const args = ['--rules', rulesWith('none'), 'check', '--json'];
    const { stdout } = await runDetour([...args, '--registration', file(JSON.stringify(list))]);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      expect.objectContaining({
        code: 'registration-label',
        severity: 'warning',
        configuration: 'image-detour',
      }),
    ]);
  });

  test('the files of this repository open nothing but the label', async () => {
    const text = readFileSync('webhook/mutating-webhook.yaml', 'utf8');
    expect((await check('none', parse(text))).codes).toEqual(['registration-label', 'fails-open']);
  });

  test.each([
    ['another object', 'kind: Pod\n', /has no MutatingWebhookConfiguration/],
    ['nothing', '', /has no MutatingWebhookConfiguration/],
    ['what is not YAML', 'a: [\n', /is not valid YAML/],
    ['aliases without end', bomb(), /is not valid YAML/],
    ['more than 8 MiB', 'x'.repeat(8 * 2 ** 20 + 1), /more than 8388608 bytes/],
  ])('refuses %s', async (_, stdin, message) => {
    const args = ['--rules', rulesWith('none'), 'check', '--registration', '-'];
    const { code, stderr } = await runDetour(args, { stdin });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test('refuses to read two things from standard input', async () => {
    const { code, stderr } = await runDetour(['check', '--pods', '-', '--registration', '-']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/both read standard input/)]);
  });
});

/** Returns YAML in which each line has the one before ten times. */
function bomb(): string {
  const lines = Array.from({ length: 9 }, (_, index) => {
    const before = index === 0 ? 'x' : `*a${index - 1}`;
    return `a${index}: &a${index} [${Array(10).fill(before)}]`;
  });
  return `${lines.join('\n')}\n`;
}
