import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { caCertificate } from '../../test/support/ca-certificate.ts';
import { decide } from '../decision/decide.ts';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import { defaultRules } from './default-rules.ts';
import { chooseRules, type RulesEnvironment } from './rules.ts';
import { parseRulesParameter } from './rules-form.ts';

const hosted = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
const becomes = (image: string, environment: RulesEnvironment) =>
  decide(image, chooseRules(environment).ruleSet, { namespace: 'default' }).image;
const rules = (value: unknown) => ({ RULES: JSON.stringify(value) });

test('with nothing set the rules are the default', () => {
  for (const environment of [{}, { MIRROR: '', RULES: '' }]) {
    const { ruleSet, diagnostics, isValid } = chooseRules(environment);
    expect([diagnostics, isValid]).toEqual([[], true]);
    expect(ruleSet.file).toEqual(loadRules(defaultRulesText).ruleSet?.file);
  }
  expect(defaultRules).toEqual(parse(defaultRulesText));
});

test('MIRROR is where the default rules point', () => {
  expect(becomes('busybox', { MIRROR: 'm.example' })).toBe('m.example/dockerhub/busybox');
});

test('RULES adds to the default rules', () => {
  const environment = {
    MIRROR: 'm.example',
    ...rules({ rules: [{ from: 'ghcr.io', to: '${mirror}/ghcr' }] }),
  };
  expect(becomes('ghcr.io/a', environment)).toBe('m.example/ghcr/a');
  expect(becomes('quay.io/a', environment)).toBe('m.example/quay/a');
});

// Fault 18 of the handlers that the project began with: the registries were in the code, and users
// could not add their own.
test.each(['registry.k8s.io', 'ghcr.io', 'mcr.microsoft.com', 'public.ecr.aws'])(
  'fault 18: a rule for %s is one parameter',
  (from) => {
    const environment = rules({ rules: [{ from, to: `\${mirror}/x` }] });
    expect(becomes(`${from}/a/b:1`, environment)).toBe(`${hosted}/x/a/b:1`);
  },
);

test('what RULES says of a name of the default goes before', () => {
  const environment = rules({ rules: [{ from: 'us.gcr.io', keep: true }] });
  expect(chooseRules(environment).diagnostics).toEqual([]);
  expect(becomes('us.gcr.io/a', environment)).toBe('us.gcr.io/a');
  expect(becomes('eu.gcr.io/a', environment)).toBe(`${hosted}/gcr/a`);
  const hub = rules({ rules: [{ from: 'index.docker.io', to: 'm.example/hub' }] });
  expect(becomes('busybox', hub)).toBe('m.example/hub/busybox');
});

test('with replace only the rules of RULES hold', () => {
  const environment = rules({ replace: true, rules: [{ from: 'ghcr.io', to: '${mirror}/ghcr' }] });
  expect(becomes('busybox', environment)).toBe('busybox');
  expect(becomes('ghcr.io/a', environment)).toBe(`${hosted}/ghcr/a`);
});

test('what other commands read of a rules file is taken, and changes nothing', () => {
  const others = { expect: { nginx: 'keep' }, workloads: [], sync: { platforms: 'all' } };
  expect(chooseRules(rules(others))).toMatchObject({ isValid: true, diagnostics: [] });
  expect(becomes('busybox', rules(others))).toBe(becomes('busybox', {}));
});

test('the other keys of a rules file are taken too', () => {
  expect(becomes('busybox', rules({ mirror: 'm.example' }))).toBe('m.example/dockerhub/busybox');
  expect(becomes('direct.to/a/b', rules({ bypass: false }))).toBe('direct.to/a/b');
  expect(chooseRules(rules({ annotate: true, warn: true })).ruleSet.file).toMatchObject({
    annotate: true,
    warn: true,
  });
});

test.each([
  ['{', 'RULES is not JSON'],
  ['x', 'RULES is not JSON'],
  ['[]', 'RULES must be an object'],
  ['null', 'RULES must be an object'],
  ['{"rule":[]}', 'RULES has the unknown key "rule"'],
  ['{"rules":{}}', 'RULES.rules must be a list'],
  ['{"pullSecrets":["a"]}', 'unknown key "pullSecrets": it is registries[HOST].pullSecrets now'],
  ['{"registries":{"a/b":{}}}', 'error invalid-registry'],
  ['{"registries":{"a.io":{"ca":"x"}}}', 'error invalid-ca'],
  ['{"rules":[{"to":"x"}]}', 'RULES.rules[0] has no from'],
  ['{"rules":[{"from":"ghcr.io"}]}', 'error no-action'],
  ['{"rules":[{"from":"a.io","to":"B/c"},{"from":"b.io","to":"${mirrr}"}]}', 'unknown-variable'],
  ['{"mirror":"https://m.example"}', 'error invalid-mirror'],
  ['{"rules":[{"from":"ghcr.io","keep":true},{"from":"ghcr.io","keep":true}]}', 'duplicate-from'],
])('RULES %s: the default rules hold, and the log says why', (RULES, problem) => {
  const { ruleSet, diagnostics, isValid } = chooseRules({ RULES, MIRROR: 'm.example' });
  expect(isValid).toBe(false);
  expect(diagnostics.join('\n')).toContain(problem);
  expect(diagnostics).toContain('RULES is not used; the default rules are');
  expect(decide('busybox', ruleSet, { namespace: 'x' }).image).toBe('m.example/dockerhub/busybox');
});

test('a mirror that is none leaves every image alone', () => {
  const { ruleSet, diagnostics, isValid } = chooseRules({ MIRROR: 'https://m.example/' });
  expect(isValid).toBe(false);
  expect(diagnostics.join('\n')).toContain('every image is kept');
  expect(decide('busybox', ruleSet, { namespace: 'x' })).toMatchObject({ action: 'keep' });
  expect(decide('direct.to/a', ruleSet, { namespace: 'x' })).toMatchObject({ action: 'keep' });
});

const file = { version: 1, mirror: 'm.example', rules: [] };
const rule = { from: 'a.io', to: 'm.example/a' };
test.each<[unknown]>([
  [{}],
  [{ $schema: '' }],
  [{ $schema: 5 }],
  [{ version: 2 }],
  [{ mirror: '' }],
  [{ mirror: 5 }],
  [{ bypass: false }],
  [{ bypass: true }],
  [{ bypass: '' }],
  [{ annotate: 'yes' }],
  [{ warn: null }],
  [{ toString: 1 }],
  [{ registries: {} }],
  [{ registries: [] }],
  [{ registries: { 'm.example': {} } }],
  [{ registries: { 'm.example': null } }],
  [{ registries: { 'm.example': { pullSecrets: ['a'], plainHttp: true } } }],
  [{ registries: { 'm.example': { pullSecrets: ['A'] } } }],
  [{ registries: { 'm.example': { pullSecrets: [5] } } }],
  [{ registries: { 'm.example': { plainHttp: false } } }],
  [{ registries: { 'm.example': { ca: caCertificate, chunk: '1MiB' } } }],
  [{ registries: { 'm.example': { ca: '' } } }],
  [{ registries: { 'm.example': { chunk: 16 } } }],
  [{ registries: { 'm.example': { ecr: { create: true, encryption: 'KMS', policy: '{\n}' } } } }],
  [{ registries: { 'm.example': { ecr: { policy: '{\u2028}' } } } }],
  [{ registries: { 'm.example': { ecr: { create: 'yes' } } } }],
  [{ registries: { 'm.example\u200b': {} } }],
  [{ pullSecrets: ['a'] }],
  [{ namespaces: {} }],
  [{ namespaces: { include: [''] } }],
  [{ namespaces: { include: ['a'], exclude: ['b'] } }],
  [{ namespaces: { only: ['a'] } }],
  [{ skip: {} }],
  [{ skip: { owners: 'x' } }],
  [{ skip: { owners: ['Cluster'], labels: { a: '' } } }],
  [{ skip: { labels: { a: 5 } } }],
  [{ skip: { labels: { a: ['b', ''] } } }],
  [{ skip: { labels: { a: [] } } }],
  [{ skip: { labels: { a: [5] } } }],
  [{ skip: { annotations: { a: 'b', c: ['d'] } } }],
  [{ skip: { annotations: { a: ['\u202e'] } } }],
  [{ skip: { annotations: ['a'] } }],
  [{ rules: 'x' }],
  [{ rules: [rule] }],
  [{ rules: [null] }],
  [{ rules: [[]] }],
  [{ rules: [{ ...rule, from: [] }] }],
  [{ rules: [{ ...rule, from: ['a.io', 'b.io'] }] }],
  [{ rules: [{ ...rule, from: [5] }] }],
  [{ rules: [{ ...rule, from: '' }] }],
  [{ rules: [{ ...rule, to: '' }] }],
  [{ rules: [{ ...rule, library: 'always' }] }],
  [{ rules: [{ ...rule, library: 'often' }] }],
  [{ rules: [{ ...rule, namespaces: { exclude: ['x*'] } }] }],
  [{ rules: [{ ...rule, namespaces: null }] }],
  [{ rules: [{ ...rule, extra: 1 }] }],
  [{ rules: [{ from: 'a.io', keep: true }] }],
  [{ rules: [{ from: 'a.io', keep: false }] }],
  [{ rules: [{ from: 'a.io', deny: 'no' }] }],
  [{ rules: [{ from: 'a.io', deny: '' }] }],
  [{ rules: [{ to: 'm.example' }] }],
  [{ rules: [{ ...rule, from: 'a.io\u2028' }] }],
  [{ mirror: 'm.example\u200b' }],
  [{ skip: { labels: { 'a\u2028': 'b' } } }],
  [{ skip: { labels: { a: 'b\u202e' } } }],
  [{ skip: { owners: ['\x7f'] } }],
  [{ rules: [{ from: 'a.io', deny: 'two\nlines, and \u{1f469}\u200d\u{1f4bb}' }] }],
  [{ rules: [{ from: 'a.io', deny: 'no\u2028' }] }],
])('RULES takes the form of a rules file: %j', (value) => {
  const whole = { ...file, ...(value as object) };
  const isRight = loadRules(JSON.stringify(whole)).ruleSet !== undefined;
  expect(typeof parseRulesParameter(JSON.stringify(whole))).toBe(isRight ? 'object' : 'string');
});
