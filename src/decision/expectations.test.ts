import { expect, test } from 'vitest';
import { formatDiagnostic } from '../rules/diagnostic.ts';
import { loadRules } from '../rules/load.ts';
import { testExpectations, unmetExpectations } from './expectations.ts';

const rules = `version: 1
namespaces: {exclude: [left-out]}
rules:
  - from: docker.io
    to: m.example/hub
  - from: quay.io
    deny: not here
  - from: quay.io/team
    to: m.example/team
    namespaces: {include: [team-*]}
  - from: "*.long.example"
    to: m.example/\${registry}
`;

function unmet(...lines: readonly string[]): string[] {
  const { ruleSet, diagnostics } = loadRules(`${rules}expect:\n  ${lines.join('\n  ')}\n`);
  const found = ruleSet === undefined ? [] : unmetExpectations(testExpectations(ruleSet));
  return [...diagnostics, ...found].map((one) => formatDiagnostic('f', one));
}

test('an expectation is the image that another becomes, keep or deny', () => {
  const met = [
    'nginx: m.example/hub/nginx',
    'docker.io/library/nginx:1.27: m.example/hub/library/nginx:1.27',
    'quay.io/x: deny',
    'ghcr.io/x: keep',
    'ghcr.io/y: ghcr.io/y', // the same as keep
    'm.example/hub/nginx: keep',
    'direct.to/quay.io/x: quay.io/x',
    'auto: keep',
    'NOT/an:image: keep',
  ];
  expect(unmet(...met)).toEqual([]);
});

test('an expectation can be for each of several namespaces', () => {
  const one = 'quay.io/team/x: {team-a: m.example/team/x, default: deny, left-out: keep}';
  expect(unmet(one)).toEqual([]);
  expect(unmet(one.replace('deny', 'keep'), 'quay.io/team/y:', '  team-a: deny')).toEqual([
    'f:14:46: warning unmet-expectation: quay.io/team/x is denied: the rule "quay.io" in line 6 decides (expected keep)',
    'f:16:5: warning unmet-expectation: quay.io/team/y becomes m.example/team/y in namespace team-a: the rule "quay.io/team" in line 8 decides (expected deny)',
  ]);
});

test('each that fails is reported where it is, with what was decided instead, and why', () => {
  const long = `a.long.example/${'x'.repeat(240)}`;
  const lines = [
    'nginx: m.example/hub/library/nginx',
    'busybox: keep',
    'quay.io/x: quay.io/x',
    'quay.io/y: keep',
    'ghcr.io/x: deny',
    'ghcr.io/z: m.example/z',
    `${long}: m.example/x`,
    'quay.io/z: {left-out: deny}',
  ];
  expect(unmet(...lines)).toEqual([
    'f:14:3: warning unmet-expectation: nginx becomes m.example/hub/nginx: the rule "docker.io" in line 4 decides (expected m.example/hub/library/nginx)',
    'f:15:3: warning unmet-expectation: busybox becomes m.example/hub/busybox: the rule "docker.io" in line 4 decides (expected keep)',
    'f:16:3: warning unmet-expectation: quay.io/x is denied: the rule "quay.io" in line 6 decides (expected quay.io/x)',
    'f:17:3: warning unmet-expectation: quay.io/y is denied: the rule "quay.io" in line 6 decides (expected keep)',
    'f:18:3: warning unmet-expectation: ghcr.io/x is kept: no rule matches (expected deny)',
    'f:19:3: warning unmet-expectation: ghcr.io/z is kept: no rule matches (expected m.example/z)',
    `f:20:3: warning unmet-expectation: ${long} is kept: the rule "*.long.example" in line 11 decides, and the result is not a valid reference, or is too long (expected m.example/x)`,
    'f:21:15: warning unmet-expectation: quay.io/z is kept in namespace left-out: the rules do not apply in this namespace (expected deny)',
  ]);
});

test('a value that no image can become is an error', () => {
  const wanted = '(expected the whole image that it becomes, keep or deny)';
  const lines = [
    'a: https://m.example/a',
    'b: ${mirror}/b',
    'c:',
    'd: [keep]',
    'e: {x: M.example/E}',
    'f: ""',
  ];
  expect(unmet(...lines)).toEqual([
    `f:14:3: error wrong-value: expect.a cannot be "https://m.example/a" ${wanted}`,
    `f:15:3: error wrong-value: expect.b cannot be "\${mirror}/b" ${wanted}`,
    `f:16:3: error wrong-value: expect.c cannot be empty ${wanted}`,
    `f:17:3: error wrong-value: expect.d cannot be a list ${wanted}`,
    `f:18:7: error wrong-value: expect.e.x cannot be "M.example/E" ${wanted}`,
    `f:19:3: error wrong-value: expect.f is empty ${wanted}`,
  ]);
});
