import { describe, expect, test } from 'vitest';
import { checkRules } from './check.ts';
import { defaultRulesText } from './default.ts';
import { loadRules } from './load.ts';

function check(rules: object[], more: object = {}) {
  const { ruleSet, diagnostics } = loadRules(
    JSON.stringify({ version: 1, bypass: false, ...more, rules }, null, 1),
  );
  expect(diagnostics).toEqual([]);
  return checkRules(ruleSet!).map(({ code, line }) => `${code}:${line}`);
}

test('the only finding about the embedded rules is a note on the bypass', () => {
  const findings = checkRules(loadRules(defaultRulesText).ruleSet!);
  expect(findings).toMatchObject([{ code: 'public-bypass', severity: 'note' }]);
});

test('a finding about the whole file is at the key that it is about', () => {
  const findings = checkRules(loadRules('version: 1\nrules: []\nbypass: direct.to\n').ruleSet!);
  expect(findings).toMatchObject([{ code: 'public-bypass', line: 3, column: 1 }]);
});

describe('unreachable rules', () => {
  test('below a to of the file', () => {
    expect(
      check([
        { from: 'quay.io', to: 'm.io/quay' },
        { from: 'm.io/quay', deny: 'no' },
      ]),
    ).toEqual(['unreachable-rule:10']);
  });
  test('the bypass itself', () => {
    expect(check([{ from: 'direct.test', keep: true }], { bypass: 'direct.test' })).toEqual([
      'unreachable-rule:6',
    ]);
  });
  test('in no namespace that the file admits', () => {
    const rule = { from: 'quay.io', to: 'm.io', namespaces: { include: ['kube-system'] } };
    expect(check([rule], { namespaces: { exclude: ['kube-*'] } })).toEqual(['unreachable-rule:11']);
    expect(check([rule], { namespaces: { include: ['kube-*'] } })).toEqual([]);
  });
});

describe('rules that hold in no namespace', () => {
  test.each([
    [{ exclude: ['*'] }, true],
    [{ include: ['Prod'] }, true],
    [{ include: ['a b'] }, true],
    [{ include: ['team[12]'] }, true],
    [{ include: ['a'], exclude: ['a'] }, true],
    [{ include: [] }, true],
    [{ include: ['a', 'B'] }, false],
    [{ include: ['a*'], exclude: ['a'] }, false],
    [{ exclude: ['a*'] }, false],
    [{}, false],
  ])('%j: %j', (namespaces, isDead) => {
    const codes = check([{ from: 'quay.io', to: 'm.io', namespaces }]).map(
      (one) => one.split(':')[0],
    );
    expect(codes).toEqual(isDead ? ['unreachable-rule'] : []);
  });
});

describe('keys without effect', () => {
  test.each([
    [{ from: 'quay.io', to: 'm.io', library: 'always' }, ['unused-library']],
    [{ from: 'docker.io/library', to: 'm.io', library: 'always' }, ['unused-library']],
    [{ from: 'docker.io', keep: true, library: 'always' }, ['unused-library']],
    [{ from: 'docker.io', to: 'm.io', library: 'always' }, []],
    [{ from: 'quay.io', to: 'm.io', library: 'as-written' }, ['unused-library']],
    [{ from: '*.gcr.io', to: 'm.io/${registry}', library: 'always' }, ['unused-library']],
    [{ from: '*.io', to: 'm.example/${registry}', library: 'always' }, []],
    [{ from: ['docker.io', 'hub.example'], to: 'm.io', library: 'always' }, []],
    [{ from: ['quay.io', 'hub.example'], to: 'm.io', library: 'always' }, ['unused-library']],
    [{ from: '*', to: 'm.io/${registry}', library: 'never' }, []],
    [{ from: 'quay.io', to: `m.io/${'a'.repeat(250)}` }, ['unreachable-rule']],
    [{ from: 'docker.io/nginx', deny: 'no' }, []],
    [{ from: 'docker.io/library/nginx', deny: 'no' }, []],
  ])('%j: %j', (rule, codes) => {
    expect(check([rule]).map((one) => one.split(':')[0])).toEqual(codes);
  });
});

describe('keys without effect because of the rest of the file', () => {
  const hub = { from: 'docker.io', to: 'm.io/hub' };
  const any = { from: '*', to: 'm.io/${registry}' };
  test.each([
    ['library of a wildcard', [hub, { ...any, library: 'always' }], {}, ['unused-library:10']],
    [
      'library of Docker Hub',
      [
        { ...hub, library: 'always' },
        { from: 'docker.io/library', to: 'm.io/official' },
      ],
      {},
      ['unused-library:6'],
    ],
    [
      'library of a wildcard, in the namespaces of no other rule',
      [
        { ...hub, namespaces: { include: ['a'] } },
        { ...any, library: 'always' },
      ],
      {},
      [],
    ],
  ])('%s', (_, rules, more, expected) => {
    expect(check(rules, more)).toEqual(expected);
  });
});

test('a rule that stands for an official image too is reported once', () => {
  expect(check([{ from: 'docker.io/nginx', to: 'm.io/x', library: 'always' }])).toEqual([
    'unused-library:6',
  ]);
});

describe('chains', () => {
  test('a to that another rule rewrites', () => {
    expect(
      check([
        { from: 'gcr.io', to: 'quay.io/gcr' },
        { from: 'quay.io', to: 'm.io/quay' },
      ]),
    ).toEqual(['chained-rule:6']);
  });
  test('a to that its own rule rewrites', () => {
    expect(check([{ from: 'docker.io', to: 'docker.io/mirror' }])).toEqual(['chained-rule:6']);
  });
  test('a to that another rule rewrites in some namespaces only', () => {
    const team = { from: 'quay.io', to: 'm.io/quay', namespaces: { include: ['team'] } };
    expect(check([{ from: 'docker.io', to: 'quay.io/hub' }, team])).toEqual(['chained-rule:6']);
  });
  test('none where the mirror is kept, or only * matches it', () => {
    expect(
      check([
        { from: 'gcr.io', to: 'quay.io/gcr' },
        { from: 'quay.io/gcr', keep: true },
      ]),
    ).not.toContain('chained-rule:6');
    expect(check([{ from: '*', to: 'm.io/${registry}' }])).toEqual([]);
  });
});

describe('collisions', () => {
  test('one to for two origins', () => {
    expect(
      check([
        { from: 'gcr.io', to: 'm.io/x' },
        { from: 'quay.io', to: 'm.io/x' },
      ]),
    ).toEqual(['colliding-origins:10']);
  });
  test('one to below another that its images can reach', () => {
    expect(
      check([
        { from: 'gcr.io', to: 'm.io/gcr' },
        { from: 'k8s.gcr.io', to: 'm.io/gcr/google_containers' },
      ]),
    ).toEqual(['colliding-origins:10']);
  });
  test('none where a list says that they are the same', () => {
    expect(
      check([
        { from: ['gcr.io', 'eu.gcr.io'], to: 'm.io/gcr' },
        { from: ['k8s.gcr.io', 'gcr.io/google_containers'], to: 'm.io/gcr/google_containers' },
      ]),
    ).toEqual([]);
  });
  test('none where a longer rule takes the images elsewhere', () => {
    const rules = [
      { from: 'gcr.io', to: 'm.io/gcr' },
      { from: 'gcr.io/x', to: 'm.io/y' },
      { from: 'quay.io', to: 'm.io/gcr/x' },
    ];
    expect(check(rules)).toEqual([]);
  });
  test('a wildcard that forgets the registry', () => {
    expect(check([{ from: '*', to: 'm.io/all' }])).toEqual(['colliding-origins:6']);
    expect(check([{ from: '*.gcr.io', to: 'm.io/gcr' }])).toEqual(['colliding-origins:6']);
    expect(check([{ from: '*.gcr.io', to: 'm.io/${registry}' }])).toEqual([]);
    expect(check([{ from: ['*.gcr.io', 'gcr.io'], to: 'm.io/gcr' }])).toEqual([]);
  });
  test('none between wildcards that keep the registry', () => {
    const to = 'm.io/${registry}';
    expect(
      check([
        { from: '*.gcr.io', to },
        { from: '*.quay.io', to },
        { from: '*', to },
      ]),
    ).toEqual([]);
  });
  test('a name where a wildcard would put a registry', () => {
    expect(
      check([
        { from: '*.gcr.io', to: 'm.io/${registry}' },
        { from: 'quay.io', to: 'm.io/asia.gcr.io' },
      ]),
    ).toEqual(['colliding-origins:10']);
    expect(
      check([
        { from: '*.gcr.io', to: 'm.io/${registry}' },
        { from: 'quay.io', to: 'm.io/quay.io' },
      ]),
    ).toEqual([]);
  });
  test('of thousands of rules for one place the first are reported, and how many there are', () => {
    const rules = Array.from({ length: 5000 }, (_, index) => ({
      from: `r${index}.io`,
      to: 'm.io/x',
    }));
    const found = check(rules);
    expect(found).toHaveLength(1001);
    expect(found.at(-1)).toContain('more-diagnostics');
  });
});

describe('in a file made to compare everything with everything', () => {
  test('collisions are searched for within limits, and that is noted', () => {
    const wildcards = Array.from({ length: 1_000 }, (_, index) => ({
      from: `*.w${index}.io`,
      to: 'm.io/${registry}',
    }));
    const others = Array.from({ length: 1_000 }, (_, index) => ({
      from: `r${index}.io`,
      to: `m.io/r${index}.io`,
    }));
    expect(check([...wildcards, ...others])).toContainEqual(
      expect.stringContaining('more-diagnostics'),
    );
    expect(check([...wildcards.slice(0, 50), ...others.slice(0, 50)])).toEqual([]);
  });

  test.each([
    [100, 1],
    [3_000, 0],
  ])('of %i names that are included and excluded, %i findings', (count, findings) => {
    const names = Array.from({ length: count }, (_, index) => `n${index}`);
    const rules = [{ from: 'a.io', to: 'm.io' }];
    const { ruleSet } = loadRules(
      JSON.stringify({
        version: 1,
        bypass: false,
        namespaces: { include: names, exclude: names },
        rules,
      }),
    );
    const found = checkRules(ruleSet!).filter(({ code }) => code === 'unreachable-rule');
    expect(found).toHaveLength(findings);
  });
});

test('keep and deny rules have no destination', () => {
  expect(
    check([
      { from: 'gcr.io', keep: true },
      { from: 'quay.io', deny: 'no' },
    ]),
  ).toEqual([]);
});
