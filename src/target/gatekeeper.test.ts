import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { defaultSettings } from './contract/options.ts';
import { gatekeeper } from './gatekeeper.ts';

/* What Gatekeeper makes of it is tested with its own code: test/target/gatekeeper.test.ts. */

function compile(file: object) {
  const { ruleSet, diagnostics: wrong } = loadRules(JSON.stringify({ version: 1, ...file }));
  expect(wrong).toEqual([]);
  return compileRuleSet(ruleSet as RuleSet);
}

function compileRuleSet(ruleSet: RuleSet) {
  const { documents, diagnostics } = gatekeeper.compile(ruleSet, {
    ...defaultSettings,
    name: 'mirror',
    url: 'https://detour.example/external-data',
    caBundle: 'PEM\n',
  });
  const [provider, ...assigns] = parseAllDocuments(documents[0]?.text ?? '').map((one) =>
    one.toJS(),
  );
  const notes = diagnostics.filter(({ severity }) => severity === 'note');
  const reported = diagnostics.filter((each) => !notes.includes(each));
  return {
    provider,
    assigns,
    reported: reported.map(({ message }) => message),
    notes: notes.map(({ message }) => message),
  };
}

const rules = [{ from: 'gcr.io', to: 'm.example' }];

test('a Provider, and an Assign for each place of images in a new Pod', () => {
  const { provider, assigns, reported } = compile({ rules });
  expect(reported).toEqual([]);
  expect(provider).toMatchObject({
    kind: 'Provider',
    metadata: { name: 'mirror' },
    spec: { url: 'https://detour.example/external-data', timeout: 1, caBundle: 'UEVNCg==' },
  });
  expect(assigns.map(({ spec }) => spec.location)).toEqual([
    'spec.containers[name:*].image',
    'spec.initContainers[name:*].image',
    'spec.volumes[name:*].image.reference',
  ]);
  for (const { spec } of assigns) {
    expect(spec.applyTo[0].operations).toEqual(['CREATE']);
    expect(spec.parameters.assign.externalData).toEqual({
      provider: 'mirror',
      dataSource: 'ValueAtLocation',
      failurePolicy: 'Ignore',
    });
  }
});

test('one note: images that are never pulled are rewritten', () => {
  expect(compile({ rules }).notes).toEqual([
    expect.stringMatching(/^imagePullPolicy: Never .* rewritten too/),
  ]);
});

test('tags, shapes of paths and longer rules need no report: the server decides', () => {
  const refined = [
    { from: 'docker.io', to: 'm.example/hub', path: 'joined' },
    { from: 'docker.io/nginx:1', to: 'm.example/nginx:1-p2' },
    { from: 'm.example/hub/old', to: 'n.example/old' },
  ];
  expect(compile({ rules: refined }).reported).toEqual([]);
});

describe('which Pods', () => {
  const matchOf = (part: object) => {
    const { assigns, reported } = compile({ rules, ...part });
    return { ...assigns[0].spec.match, reported };
  };

  test('globs with a star at either end are said', () => {
    const namespaces = { include: ['team-*', '*-x', '*y*', 'z'], exclude: ['team-b*'] };
    expect(matchOf({ namespaces })).toMatchObject({
      namespaces: namespaces.include,
      excludedNamespaces: ['kube-system', 'image-detour', 'team-b*'],
      reported: [],
    });
  });

  test.each([
    [{ include: ['a*b', 'c'] }, { namespaces: ['c'] }],
    [{ include: ['a?'] }, { namespaces: ['-'] }],
    [{ exclude: ['a*b'] }, { excludedNamespaces: ['kube-system', 'image-detour', 'a*'] }],
    [{ exclude: ['?'] }, { excludedNamespaces: ['kube-system', 'image-detour', '*'] }],
  ])('of other globs more is left out, never less: %j', (namespaces, expected) => {
    const { reported, ...match } = matchOf({ namespaces });
    expect(match).toMatchObject(expected);
    expect(reported).toHaveLength(1);
  });

  test('an include of nothing is nothing', () => {
    expect(matchOf({ namespaces: { include: [] } })).toMatchObject({
      namespaces: ['-'],
      reported: [],
    });
  });

  test('labels', () => {
    const labels = { a: 'x', b: '*', c: 'x*', d: ['x', 'y'], e: ['x', 'y*'], f: ['x*', '*'] };
    const { labelSelector, reported } = matchOf({ skip: { labels } });
    expect(labelSelector.matchExpressions.slice(1)).toEqual([
      { key: 'a', operator: 'NotIn', values: ['x'] },
      { key: 'b', operator: 'DoesNotExist' },
      { key: 'c', operator: 'DoesNotExist' },
      { key: 'd', operator: 'NotIn', values: ['x', 'y'] },
      { key: 'e', operator: 'DoesNotExist' },
      { key: 'f', operator: 'DoesNotExist' },
    ]);
    expect(reported).toEqual([
      'skip.labels: "x*" is a part of a value, so every c is skipped',
      'skip.labels: "y*" is a part of a value, so every e is skipped',
    ]);
  });
});

describe('exits', () => {
  test('a closed label leaves no selector', () => {
    const { ruleSet } = loadRules(
      JSON.stringify({ version: 1, rules, exits: ['bypass'], skip: { labels: { a: 'x' } } }),
    );
    const { assigns, reported } = compileRuleSet(ruleSet as RuleSet);
    for (const { spec } of assigns) {
      expect(spec.match).not.toHaveProperty('labelSelector');
      expect(spec.match).toHaveProperty('namespaceSelector');
    }
    expect(reported).toEqual([]);
  });

  test('none: what is to be denied is reported', () => {
    expect(compile({ rules, exits: 'none' }).reported).toEqual([
      'exits: an image that cannot be rewritten is kept, not denied: add `detour compile vap`',
    ]);
  });
});

test('what Gatekeeper cannot do is reported', () => {
  const { reported } = compile({
    warn: true,
    annotate: true,
    namespaceRules: { to: ['m.example'] },
    skip: { owners: ['Job'], annotations: { a: 'x' } },
    rules: [
      { from: 'gcr.io', deny: 'no' },
      { from: 'quay.io', to: 'm.example', namespaces: { include: ['a'] } },
    ],
    registries: { 'm.example': { pullSecrets: ['s'] }, 'n.example': { pullSecrets: ['t'] } },
  });
  expect(reported).toEqual([
    '"gcr.io" is kept, not denied: add `detour compile vap`',
    '"quay.io" depends on the namespace, so its images are kept',
    'warn: Gatekeeper cannot warn of a mutation',
    'annotate: Gatekeeper does not know what it changed',
    'registries: Gatekeeper adds no pull secrets to Pods',
    'namespaceRules: a policy does not read the ConfigMaps of namespaces',
    'skip.owners: Gatekeeper does not look at owners',
    'skip.annotations: Gatekeeper does not look at annotations',
  ]);
});

test('nothing is reported of registries without pull secrets', () => {
  const registries = { 'm.example': { plainHttp: true, pullSecrets: [] } };
  expect(compile({ rules, registries }).reported).toEqual([]);
});
