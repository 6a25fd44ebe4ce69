import { expect, test } from 'vitest';
import { exitNames } from './exit-names.ts';
import { loadRules } from './load.ts';

const everything = {
  version: 1,
  bypass: 'direct.to',
  skip: { owners: ['Job'], labels: { app: 'x' }, annotations: { a: ['y'] } },
  namespaceRules: { to: ['m.example'] },
  rules: [{ from: 'docker.io', to: 'm.example' }],
};

function load(exits: unknown) {
  const { ruleSet, diagnostics } = loadRules(JSON.stringify({ ...everything, exits }, null, 1));
  return { ruleSet, diagnostics, codes: diagnostics.map(({ code }) => code) };
}

test.each([undefined, 'all', exitNames])('with exits: %j all are open', (exits) => {
  const { ruleSet, codes } = load(exits);
  expect(codes).toEqual([]);
  expect([...(ruleSet?.exits ?? [])]).toEqual(exitNames);
  expect(ruleSet?.bypass).toBe('direct.to/');
  expect(ruleSet?.file).toMatchObject({
    skip: everything.skip,
    namespaceRules: everything.namespaceRules,
  });
});

test.each(['none', []])(
  'with exits: %j none is, and nothing that only exits read is left',
  (exits) => {
    const { ruleSet, diagnostics } = load(exits);
    expect(ruleSet?.exits.size).toBe(0);
    expect(ruleSet?.bypass).toBe('');
    expect(ruleSet?.file).not.toHaveProperty('skip');
    expect(ruleSet?.file).not.toHaveProperty('namespaceRules');
    expect(
      diagnostics.map(({ code, message, line }) => [code, message.split(' ')[0], line]),
    ).toEqual([
      ['closed-exit', 'bypass', 3],
      ['closed-exit', 'skip.owners', 5],
      ['closed-exit', 'skip.labels', 8],
      ['closed-exit', 'skip.annotations', 11],
      ['closed-exit', 'namespaceRules', 17],
    ]);
  },
);

test('a list names those that are open', () => {
  const { ruleSet, diagnostics } = load(['owners', 'bypass']);
  expect([...(ruleSet?.exits ?? [])]).toEqual(['owners', 'bypass']);
  expect(ruleSet?.bypass).toBe('direct.to/');
  expect(ruleSet?.file.skip).toEqual({ owners: ['Job'] });
  expect(diagnostics.map(({ message }) => message.split(' ')[0])).toEqual([
    'skip.labels',
    'skip.annotations',
    'namespaceRules',
  ]);
});

test.each(['some', ['owner'], 5, [5]])(
  'exits: %j is refused, and the message lists the exits',
  (exits) => {
    const { ruleSet, diagnostics } = load(exits);
    expect(ruleSet).toBeUndefined();
    expect(diagnostics).toHaveLength(1);
    expect(diagnostics[0]?.code).toBe('wrong-value');
    expect(diagnostics[0]?.expected).toContain(exitNames.join(', '));
  },
);

test('without a bypass a closed one is no finding', () => {
  const text = JSON.stringify({ version: 1, bypass: false, exits: 'none', rules: [] });
  expect(loadRules(text).diagnostics).toEqual([]);
});
