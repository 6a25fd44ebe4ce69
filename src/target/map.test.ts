import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { compileRules } from '../rules/compile.ts';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { defaultSettings } from './contract/options.ts';
import type { Target } from './contract/target.ts';
import { kyverno } from './kyverno.ts';
import { mutatingAdmissionPolicy } from './map.ts';

/* What the policies do is tested on a real API server: test/e2e/policy.test.ts. */

function rulesOf(file: object | string): RuleSet {
  const { ruleSet } = loadRules(typeof file === 'string' ? file : JSON.stringify(file));
  if (ruleSet === undefined) throw new Error('the rules are wrong');
  return ruleSet;
}

function compile(ruleSet: RuleSet, target: Target = mutatingAdmissionPolicy, edit = {}) {
  const { documents, diagnostics } = target.compile(ruleSet, { ...defaultSettings, ...edit });
  const text = documents[0]?.text ?? '';
  return { text, diagnostics, objects: parseAllDocuments(text).map((each) => each.toJS()) };
}

type Named = { readonly name: string; readonly expression: string };

function variablesOf(ruleSet: RuleSet): Record<string, string> {
  const { variables } = compile(ruleSet).objects[0].spec as { variables: readonly Named[] };
  return Object.fromEntries(variables.map(({ name, expression }) => [name, expression]));
}

function manyRules(count: number): RuleSet {
  const rules = Array.from({ length: count }, (_, index) => ({
    from: `registry-${index}.example.com/team`,
    to: `mirror.example.com/registry-${index}/team`,
  }));
  return compileRules({ version: 1, rules }).ruleSet as RuleSet;
}

const defaultRules = rulesOf(defaultRulesText);

test('the default rules', () => {
  const { text, diagnostics } = compile(defaultRules);
  expect(text).toMatchSnapshot();
  expect(diagnostics).toEqual([]);
});

test('the same spec for Kyverno, which is not to rewrite Deployments too', () => {
  const [policy] = compile(defaultRules, kyverno).objects;
  const [{ spec }] = compile(defaultRules).objects;
  expect(policy).toMatchObject({ apiVersion: 'policies.kyverno.io/v1', kind: 'MutatingPolicy' });
  expect(policy.spec).toEqual({ autogen: { podControllers: { controllers: [] } }, ...spec });
});

test('the older API version and another name', () => {
  const edit = { api: 'v1beta1', name: 'mirror' };
  const { objects } = compile(defaultRules, mutatingAdmissionPolicy, edit);
  const apiVersion = 'admissionregistration.k8s.io/v1beta1';
  expect(objects).toMatchObject([
    { apiVersion, metadata: { name: 'mirror' } },
    { apiVersion, metadata: { name: 'mirror' }, spec: { policyName: 'mirror' } },
  ]);
});

describe('what a rules file says is in the policy', () => {
  test.each([
    [
      'globs of namespaces',
      { namespaces: { include: ['team-*', 'a.b'] } },
      'exempt',
      'r"^(?s:team-.*|a\\.b)$"',
    ],
    ['an include of nothing', { namespaces: { include: [] } }, 'exempt', 'matches(r"^[^\\s\\S]$")'],
    ['owners', { skip: { owners: ['Job.batch'] } }, 'exempt', 'ownerReferences'],
    ['labels', { skip: { labels: { 'a/b"c': 'x' } } }, 'exempt', '[?"a/b\\"c"]'],
    ['several values of a label', { skip: { labels: { a: ['x', 'y*'] } } }, 'exempt', '(?s:x|y.*)'],
    [
      'annotations',
      { skip: { annotations: { 'a/b': 'x' } } },
      'exempt',
      'object.metadata.?annotations[?"a/b"]',
    ],
    ['the bypass', { bypass: 'origin.test:5000' }, 'bypassed', '.substring(17)'],
    ['the bypass is not asked about', {}, 'named', '!x[2].startsWith("direct.to/")'],
    [
      'pull secrets',
      { registries: { 'm.example': { pullSecrets: ['one', 'two'] } } },
      'registries0',
      '"m.example/": "one two"',
    ],
    [
      'pull secrets of a part of a registry',
      { registries: { 'm.example/a/b': { pullSecrets: ['one'] } } },
      'wanted',
      'x[0] in ["m.example/"] ? [x[1].find(r"^([^/]+/){0,3}"), x[0]]',
    ],
  ])('%s', (_, part, variable, expected) => {
    const rules = [{ from: 'gcr.io', to: 'm.example' }];
    expect(variablesOf(rulesOf({ version: 1, rules, ...part }))[variable]).toContain(expected);
  });

  test('registries without pull secrets: nothing', () => {
    const registries = { 'm.example': { plainHttp: true, pullSecrets: [] } };
    const rules = [{ from: 'gcr.io', to: 'm.example' }];
    expect(variablesOf(rulesOf({ version: 1, registries, rules }))).toEqual(
      variablesOf(rulesOf({ version: 1, rules })),
    );
  });

  test('no rules: nothing is found', () => {
    const { found } = variablesOf(rulesOf({ version: 1, rules: [] }));
    expect(found).toContain('(false ? x[3] : "")');
  });
});

describe('the condition that saves what a second round costs', () => {
  const conditionOf = (part: object) => {
    const rules = [{ from: 'gcr.io', to: 'm.example/gcr' }];
    const ruleSet = rulesOf({ version: 1, rules, ...part });
    return compile(ruleSet).objects[0].spec.matchConditions[0].expression;
  };

  test('is about the host of a mirror of which rules rewrite nothing', () => {
    expect(conditionOf({})).toContain('!c.?image.orValue("").startsWith("m.example/")');
  });

  test('is about mirrors alone on a host of which rules may rewrite something', () => {
    const rules = [
      { from: '*', to: 'm.example/all/${registry}' },
      { from: 'gcr.io', to: 'm.example/gcr' },
      { from: 'quay.io', to: 'm.example/quay' },
    ];
    const expected = 'matches(r"^(m\\.example/gcr/|m\\.example/quay/)")';
    expect(conditionOf({ rules })).toContain(expected);
  });

  test.each<[about: string, part: object]>([
    [
      'a longer rule decides there',
      {
        rules: [
          { from: 'gcr.io', to: 'm.example/gcr' },
          { from: 'm.example/gcr/a', to: 'n.example/a' },
        ],
      },
    ],
    ['its images need pull secrets', { registries: { 'm.example/a': { pullSecrets: ['a'] } } }],
    ['it is what the bypass names', { bypass: 'm.example' }],
  ])('leaves out a mirror: %s', (_, part) => {
    expect(conditionOf(part)).not.toMatch(/(startsWith|matches)\(r?"\^?\(?m\\*\.example/);
  });

  test('is not met by a Pod with a mark, which may have to go', () => {
    const hasMark = '[?"image-detour/direct"].hasValue()';
    expect(conditionOf({})).toContain(hasMark);
    expect(conditionOf({ bypass: false })).not.toContain(hasMark);
  });

  test('names no more mirrors than pay', () => {
    const rules = Array.from({ length: 100 }, (_, n) => ({ from: `r${n}.io`, to: `m${n}.io/x` }));
    expect(conditionOf({ rules })).toContain('m19\\.io');
    expect(conditionOf({ rules })).not.toContain('m20\\.io');
  });
});

describe.each([mutatingAdmissionPolicy, kyverno])('exits that are closed: $name', (target) => {
  const skip = { owners: ['Job'], labels: { app: 'operator' }, annotations: { raw: 'true' } };
  const rules = [{ from: 'gcr.io', to: 'm.example' }];
  const compiled = (part: object) => compile(rulesOf({ version: 1, rules, skip, ...part }), target);

  test.each<[exit: string, traces: string[]]>([
    ['label', ['objectSelector', 'object.metadata.?labels']],
    ['annotation', ['image-detour/bypass', 'variables.kept', '[?"raw"]']],
    ['owners', ['ownerReferences']],
    ['bypass', ['image-detour/direct', 'variables.mark', 'variables.bypassed', 'direct.to']],
  ])('%s leaves no trace in the policy', (exit, traces) => {
    const others = ['bypass', 'annotation', 'label', 'owners'].filter((each) => each !== exit);
    const [open, closed] = ['all', others].map((exits) => compiled({ exits }).text);
    for (const trace of traces) {
      expect(open).toContain(trace);
      expect(closed).not.toContain(trace);
    }
  });

  test('without a bypass there is no mark either', () => {
    const { text } = compiled({ bypass: false });
    expect(text).not.toContain('image-detour/direct');
    expect(text).toContain('image-detour/bypass');
  });

  test('annotation: only a node may mark a Pod as the copy of a static one', () => {
    expect(compiled({}).text).not.toContain('system:nodes');
    expect(compiled({ exits: ['bypass'] }).text).toContain('system:nodes');
  });

  test('none: what is to be denied is reported', () => {
    expect(compiled({ exits: 'none' }).diagnostics).toMatchObject([
      { code: 'not-expressible', message: expect.stringContaining('detour compile vap') },
    ]);
    expect(compiled({ exits: ['bypass'] }).diagnostics).toEqual([]);
  });
});

describe('10,000 rules', () => {
  test('fit into expressions that the API server takes', () => {
    const { text, objects, diagnostics } = compile(manyRules(10_000));
    const { variables } = objects[0].spec as { variables: readonly Named[] };
    expect(Math.max(...variables.map(({ expression }) => expression.length))).toBeLessThan(100_000);
    expect(variables.filter(({ name }) => /^rules\d+$/.test(name)).length).toBeGreaterThan(5);
    expect(text.length).toBeLessThan(1.5 * 1024 * 1024);
    expect(diagnostics).toEqual([]);
  });

  test('are found by as many steps as one', () => {
    const steps = (count: number) =>
      variablesOf(manyRules(count)).found?.replaceAll(/ \|\| \S+ in variables\.\w+/g, '');
    expect(steps(10_000)).toBe(steps(100));
  });

  test('more than etcd takes are reported', () => {
    expect(compile(manyRules(20_000)).diagnostics).toMatchObject([{ code: 'not-expressible' }]);
  });
});

test('what no mutating policy can say is reported, with its place', () => {
  const { diagnostics } = compile(
    rulesOf(`version: 1
warn: true
annotate: true
namespaceRules: {to: [m.example]}
rules:
  - from: [gcr.io, evil.example]
    deny: no
`),
  );
  expect(
    diagnostics.map(({ line, column, code, message }) => [line, column, code, message]),
  ).toEqual([
    [6, 12, 'not-expressible', '"gcr.io" is kept, not denied: add `detour compile vap`'],
    [6, 20, 'not-expressible', '"evil.example" is kept, not denied: add `detour compile vap`'],
    [2, 1, 'not-expressible', 'warn: a mutating policy cannot warn'],
    [3, 1, 'not-expressible', 'annotate: CEL cannot read the JSON of the annotation'],
    [
      4,
      1,
      'not-expressible',
      'namespaceRules: a policy does not read the ConfigMaps of namespaces',
    ],
  ]);
});
