import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { defaultRulesText } from './default.ts';
import { formatDiagnostic } from './diagnostic.ts';
import { loadRules, maxRulesLength } from './load.ts';

function diagnose(text: string): string[] {
  return loadRules(text).diagnostics.map((diagnostic) => formatDiagnostic('f', diagnostic));
}

test('the embedded rules have nothing to be said of', () => {
  const { ruleSet, diagnostics } = loadRules(defaultRulesText);
  expect(diagnostics).toEqual([]);
  expect(ruleSet?.rules).toHaveLength(10);
  expect(ruleSet?.bypass).toBe('direct.to/');
});

test('each origin knows where it stands', () => {
  const { ruleSet } = loadRules(
    'version: 1\nrules:\n  - from: [a.io,\n      b.io]\n    to: m.io\n',
  );
  expect(ruleSet?.rules.map(({ from, line, column }) => [from, line, column])).toEqual([
    ['a.io', 3, 12],
    ['b.io', 4, 7],
  ]);
});

test('JSON is as good as YAML', () => {
  const json = JSON.stringify({ version: 1, rules: [{ from: 'a.io', to: 'm.io' }] });
  expect(loadRules(json).ruleSet?.rules).toHaveLength(1);
});

test('every mistake is reported at once, in the order of the file', () => {
  const text = `version: 2
mirrors: m.io
bypass: 7
rules:
  - form: quay.io
    to: m.io
  - from: gcr.io
  - from: ghcr.io
    to: m.io
    library: allways
  - from: [quay.io, quay.io]
    to: m.io
`;
  expect(diagnose(text)).toMatchInlineSnapshot(`
    [
      "f:1:10: error wrong-value: version cannot be 2 (expected 1)",
      "f:2:1: error unknown-key: the file has no key "mirrors" (expected $schema, version, mirror, bypass, registries, namespaces, skip, exits, annotate, namespaceRules, warn, rules, expect, workloads, sync); did you mean "mirror"?",
      "f:3:9: error wrong-value: bypass cannot be 7 (expected a host such as direct.to, or false)",
      "f:5:5: error missing-key: rules[0] needs the key from (expected from: a registry such as quay.io, or a list of them)",
      "f:5:5: error unknown-key: rules[0] has no key "form" (expected from, to, path, keep, deny, library, namespaces); did you mean "from"?",
      "f:7:5: error no-action: the rule does not say what to do (expected to, keep or deny)",
      "f:10:14: error wrong-value: rules[2].library cannot be "allways" (expected as-written, always or never)",
      "f:11:21: error duplicate-from: "quay.io" is the same as "quay.io" in line 11 (expected each from once)",
    ]
  `);
});

test('every rule that makes no sense is reported at once', () => {
  const text = `version: 1
bypass: a/b
rules:
  - from: a.io
  - from: b.io
    to: m.io
    keep: true
  - from: c.io
    to: \${mirror}/x
  - from: d.io
    to: m.io/\${regstry}
  - from: e.io
    to: M.io/UPPER
  - from: [f.io, F.io]
    to: m.io
  - from: index.docker.io
    to: m.io/a
  - from: docker.io
    to: m.io/b
  - from: '*.g.io'
    to: m.io/x-\${registry}
  - from: h.io
    to: mirror/x
`;
  expect(diagnose(text)).toMatchInlineSnapshot(`
    [
      "f:2:9: error invalid-bypass: "a/b" cannot be the first segment of an image (expected a host such as direct.to, or false)",
      "f:4:5: error no-action: the rule does not say what to do (expected to, keep or deny)",
      "f:7:11: error several-actions: the rule has both to and keep (expected only one of them)",
      "f:9:9: error missing-key: to uses \${mirror}, but the file has no mirror (expected mirror: HOST at the top of the file)",
      "f:11:9: error unknown-variable: unknown variable \${regstry} (expected \${mirror} or \${registry}); did you mean "registry"?",
      "f:13:9: error invalid-to: "M.io/UPPER" is not a registry path (expected a registry such as mirror.example.com, with an optional repository prefix in lower case); did you mean "m.io/upper"?",
      "f:14:18: error duplicate-from: "F.io" is the same as "f.io" in line 14 (expected each from once)",
      "f:18:11: error duplicate-from: "docker.io" is the same as "index.docker.io" in line 16 (expected each from once)",
      "f:23:9: error invalid-to: "mirror/x" is not a registry path (expected a registry such as mirror.example.com, with an optional repository prefix in lower case)",
    ]
  `);
});

// The grammar has no underscore in hosts, containerd asks them all the same.
test.each([
  ['host_name.com', 'host', 'host_name.com', ''],
  ['Host_Name.com/a_b/c', 'host', 'host_name.com', 'a_b/c'],
  ['*.host_name.com', 'below', '.host_name.com', ''],
  ['*.host_name.com/a', 'below', '.host_name.com', 'a'],
  [`host_name.com/${'a'.repeat(241)}`, 'host', 'host_name.com', 'a'.repeat(241)],
])('%j is a host that nodes ask', (from, kind, host, path) => {
  const { ruleSet, diagnostics } = loadRules(
    JSON.stringify({ version: 1, rules: [{ from, deny: 'no' }] }),
  );
  expect(diagnostics).toEqual([]);
  expect(ruleSet?.rules[0]?.origin).toEqual({ kind, host, path, suffix: '' });
});

test('a mirror must have a host that the grammar takes for one: what is written is a reference', () => {
  const rules = [
    { from: 'gcr.io', to: 'host_name.com/x' },
    { from: 'host_name.com', to: '${registry}/x' },
  ];
  const { diagnostics } = loadRules(JSON.stringify({ version: 1, mirror: 'a_b.com', rules }));
  expect(diagnostics.map(({ code }) => code)).toEqual([
    'invalid-mirror',
    'invalid-to',
    'invalid-to',
  ]);
});

describe('what no reference can match is reported, and the rest still holds', () => {
  test.each([
    'https://gcr.io',
    'gcr.io/',
    'gcr.io//x',
    'gcr.io/UPPER',
    'gcr.io/a:tag:',
    'busybox',
    'org/app',
    '*',
    '*.',
    '*gcr.io',
    '*/x',
    'gcr.*',
    'gcr.io/*',
    ' gcr.io',
    `gcr.io/${'a'.repeat(256)}`,
    'ünicode.example',
    'host_name',
    'host_.com',
    '_host.com',
    'host_name.com:5000',
    'host_name.com/',
    'host_name.com/a:tag:',
    `host_name.com/a:tag@sha256:${'a'.repeat(64)}`,
    'host_name.com/a@sha256:a',
    'host_name.com/UPPER',
    `host_name.com/${'a'.repeat(242)}`,
  ])('%j', (from) => {
    const text = JSON.stringify({
      version: 1,
      rules: [
        { from, to: 'm.io/${registry}' },
        { from: 'ok.io', to: 'm.io/${registry}' },
      ],
    });
    const { ruleSet, diagnostics } = loadRules(text);
    const isFine = from === '*';
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual(
      isFine ? [] : [['unmatchable-from', 'warning']],
    );
    expect(ruleSet?.rules).toHaveLength(isFine ? 2 : 1);
  });
});

test('${registry} may be in a `to` once', () => {
  const file = (to: string) => `version: 1\nrules:\n  - from: "*"\n    to: ${to}\n`;
  expect(diagnose(file('m.io/${registry}/a'))).toEqual([]);
  // Where the host is known, too.
  expect(diagnose(file('m.io/${registry}/${registry}').replace('"*"', 'a.io'))).toHaveLength(1);
  expect(diagnose(file('m.io/${registry}/${registry}'))).toEqual([
    'f:4:9: error invalid-to: "m.io/${registry}/${registry}" is not a registry path (expected ${registry} once, in the path)',
  ]);
});

test('what is wrong beside something wrong is reported as well', () => {
  const text = `version: 1
version: 1
mirror: https://m.io/
rules:
  - from: [quay.io, 5]
    to: \${miror}/q
    libary: always
  - from: https://a.io
    to: \${nope}/\${neither}/\${nope}
  - quay.io
  - from: b.io
    to: \${mirror}/x
    keep: true
annotate: yes
namespaces:
  include: ['']
skip: !foo {}
`;
  expect(diagnose(text)).toMatchInlineSnapshot(`
    [
      "f:2:1: error yaml-syntax: the key version appears here for the second time (expected each key once)",
      "f:3:9: error invalid-mirror: "https://m.io/" is not a registry path (expected a registry such as mirror.example.com, with an optional repository prefix in lower case); did you mean "m.io"?",
      "f:5:21: error wrong-value: rules[0].from[1] cannot be 5 (expected a registry such as quay.io)",
      "f:6:9: error unknown-variable: unknown variable \${miror} (expected \${mirror} or \${registry}); did you mean "mirror"?",
      "f:7:5: error unknown-key: rules[0] has no key "libary" (expected from, to, path, keep, deny, library, namespaces); did you mean "library"?",
      "f:8:11: warning unmatchable-from: no valid image reference can match "https://a.io" (expected a registry such as quay.io, with the first segments of a repository, or with one and a tag or a digest); did you mean "a.io"?",
      "f:9:9: error unknown-variable: unknown variable \${nope}, unknown variable \${neither} (expected \${mirror} or \${registry})",
      "f:10:5: error wrong-value: rules[2] cannot be "quay.io" (expected a rule: from with to, keep or deny)",
      "f:13:11: error several-actions: the rule has both to and keep (expected only one of them)",
      "f:14:11: error wrong-value: annotate cannot be "yes" (expected true or false)",
      "f:16:13: error wrong-value: namespaces.include[0] is empty (expected at least one)",
      "f:17:7: warning yaml-syntax: Unresolved tag: !foo (expected YAML or JSON)",
    ]
  `);
});

describe('a mistake in one key of a rule hides none in another', () => {
  test.each([
    ['{from: https://a.io, to: M.io/X}', ['3:10 unmatchable-from', '3:28 invalid-to']],
    ['{to: M.io/X}', ['3:3 missing-key', '3:8 invalid-to']],
    ['{from: 5, to: M.io/X}', ['3:10 wrong-value', '3:17 invalid-to']],
    ['{from: [], to: M.io/X}', ['3:10 wrong-value', '3:18 invalid-to']],
    ['{from: [5, b c], to: m.io}', ['3:11 wrong-value', '3:14 unmatchable-from']],
    ['{from: a.io, keep: no, to: M.io/X}', ['3:22 wrong-value', '3:30 invalid-to']],
    ['{from: b c, to: 5}', ['3:10 unmatchable-from', '3:19 wrong-value']],
    ['{from: a.io, keep: true, to: M.io/X}', ['3:22 several-actions', '3:32 invalid-to']],
    [
      '{from: a.io, keep: true, deny: x, to: m.io}',
      ['3:22 several-actions', '3:34 several-actions'],
    ],
    ['{from: [a.io, b.io], to: M.io/X}', ['3:28 invalid-to']],
    ['{from: [ok.io, a.io], to: 5}', ['3:11 duplicate-from', '3:29 wrong-value']],
    ['{from: [ok.io, a.io], to: M.io/X}', ['3:11 duplicate-from', '3:29 invalid-to']],
  ])('%s', (rule, expected) => {
    const { diagnostics } = loadRules(
      `version: 1\nrules: [{from: ok.io, keep: true},\n  ${rule}]\n`,
    );
    const found = diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
    expect(found).toEqual(expected);
  });
});

test('a mistake elsewhere hides none in where namespaces may send images', () => {
  const text = 'version: 2\nrules: []\nnamespaceRules: {to: [5, M.io/X], nope: 1}\n';
  expect(loadRules(text).diagnostics.map(({ code }) => code)).toEqual([
    'wrong-value',
    'wrong-value',
    'invalid-to',
    'unknown-key',
  ]);
});

test.each([
  ['https://quay.io', 'quay.io'],
  ['gcr.io/', 'gcr.io'],
  ['gcr.io:latest', 'gcr.io'],
  [`docker.io/nginx:1.2@sha256:${'a'.repeat(64)}`, `docker.io/nginx@sha256:${'a'.repeat(64)}`],
  ['docker.io/nginx@sha256:a', 'docker.io/nginx'],
  ['nginx:1.2', 'docker.io/library/nginx:1.2'],
  ['org/app:1.2', 'docker.io/org/app:1.2'],
  ['quay.io/*', 'quay.io'],
  ['busybox', 'docker.io/library/busybox'],
  ['org/app', 'docker.io/org/app'],
  ['gcr.io/UPPER', 'gcr.io/upper'],
  [' gcr.io', 'gcr.io'],
  ['localhost:5000/x:1:2', 'localhost:5000/x:1'],
  ['???', undefined],
])('instead of %j is suggested %j', (from, suggestion) => {
  const { diagnostics } = loadRules(JSON.stringify({ version: 1, rules: [{ from, keep: true }] }));
  expect(diagnostics).toMatchObject([{ code: 'unmatchable-from', suggestion }]);
});

test.each([
  ['- a', 'f:1:1: error wrong-value: the file cannot be a list (expected version and rules)'],
  [
    'version: 1\nrules: [[a], []]',
    [
      'f:2:9: error wrong-value: rules[0] cannot be a list (expected a rule: from with to, keep or deny)',
      'f:2:14: error wrong-value: rules[1] cannot be a list (expected a rule: from with to, keep or deny)',
    ],
  ],
  [
    'version: 1\nrules: []\nnamespaces: [a]',
    'f:3:13: error wrong-value: namespaces cannot be a list (expected a mapping)',
  ],
  [
    'version: 1\nrules: []\nskip: [a]',
    'f:3:7: error wrong-value: skip cannot be a list (expected a mapping)',
  ],
  [
    'version: 1\nrules: []\nskip: {labels: [a]}',
    'f:3:16: error wrong-value: skip.labels cannot be a list (expected a mapping)',
  ],
  [
    'version: 1\nrules: []\nnamespaceRules: []',
    'f:3:17: error wrong-value: namespaceRules cannot be a list (expected a mapping)',
  ],
])('a list in place of a mapping is one mistake: %j', (text, expected) => {
  expect(diagnose(text)).toEqual([expected].flat());
});

describe('a name of a registry that is not valid gets a suggestion', () => {
  test.each([
    ['m.io/', 'm.io'],
    ['https://m.io', 'm.io'],
    ['https://m.io/hub/', 'm.io/hub'],
    ['m.io//hub', 'm.io/hub'],
    ['m.io/Hub', 'm.io/hub'],
    ['oci://m.io/hub/*', 'm.io/hub'],
    ['${mirror}/', '${mirror}'],
    ['https://${mirror}/${registry}/', '${mirror}/${registry}'],
    ['hub', undefined],
    ['m.io/x:1', 'm.io/x'],
  ])('a to of %j: %j', (to, suggestion) => {
    const rules = [{ from: ['a.io', 'b.io'], to }];
    const { diagnostics } = loadRules(JSON.stringify({ version: 1, mirror: 'm.io', rules }));
    expect(diagnostics).toMatchObject([{ code: 'invalid-to', suggestion }]);
  });

  test('in every key that names one', () => {
    const { diagnostics } = loadRules(
      JSON.stringify({
        version: 1,
        mirror: 'https://m.io/x/',
        bypass: 'https://direct.to/',
        namespaceRules: { to: ['m.io/'] },
        rules: [{ from: 'a.io', to: '${mirror}/' }],
      }),
    );
    expect(diagnostics.map(({ code, suggestion }) => `${code} ${suggestion}`)).toEqual([
      'invalid-mirror m.io/x',
      'invalid-bypass direct.to',
      'invalid-to m.io',
      'invalid-to ${mirror}',
    ]);
  });
});

describe('a deny message that a comment cuts short is a finding', () => {
  const found = (rule: string) =>
    loadRules(`version: 1\nrules:\n  - ${rule}\n`).diagnostics.map(
      ({ line, column, code, severity }) => `${line}:${column} ${severity} ${code}`,
    );
  test.each([
    ['{from: a.io, deny: not mirrored; ask #platform\n    }', ['3:42 warning cut-message']],
    ['from: a.io\n    deny: not mirrored; ask #platform', ['4:29 warning cut-message']],
    ['from: a.io\n    deny: not\n      mirrored; ask\t#platform', ['5:21 warning cut-message']],
    ['from: a.io\n    deny: "not mirrored; ask #platform"', []],
    ['from: a.io\n    deny: "not mirrored" # for now', []],
    ['from: a.io\n    deny: not mirrored; ask#platform', []],
    ['from: a.io\n    deny: |\n      ask #platform', []],
    ['from: a.io\n    deny: not mirrored\n    # for now', []],
    ['from: a.io # for now\n    to: m.io # for now\n    library: always # deny', []],
  ])('%j', (rule, expected) => {
    expect(found(rule)).toEqual(expected);
  });

  test('the message says what is lost', () => {
    expect(diagnose('version: 1\nrules:\n- {from: a.io,\n   deny: ask #platform\n  }\n')).toEqual([
      'f:4:14: warning cut-message: rules[0].deny ends before this #: what follows is a comment (expected the message in quotes, or the comment on another line)',
    ]);
  });
});

describe('text that is no rules file', () => {
  test.each([
    ['', 'wrong-value'],
    ['null', 'wrong-value'],
    ['[]', 'wrong-value'],
    ['a: [', 'yaml-syntax'],
    ['version: 1\nversion: 1\nrules: []', 'yaml-syntax'],
    ['version: 1\nrules: []\n---\nversion: 1', 'yaml-syntax'],
    ['a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]', 'unknown-key'],
    ['version: 1\nrules: *nothing', 'yaml-syntax'],
    ['version: 1\nrules: [{from: *, keep: true}]', 'yaml-syntax'],
    ['version: 1\nrules: {}', 'wrong-value'],
    ['version: 1\nrules: [5]', 'wrong-value'],
    ['version: 1\nrules: [{from: [], to: m.io}]', 'wrong-value'],
    ['version: 1\nrules: [{from: "", to: m.io}]', 'wrong-value'],
    ['version: 1\nrules: [{from: a.io, keep: false}]', 'wrong-value'],
    ['version: 1\n__proto__: {rules: []}\nrules: []', 'unknown-key'],
    ['version: 1\nconstructor: 1\nrules: []', 'unknown-key'],
  ])('%j', (text, code) => {
    const { ruleSet, diagnostics } = loadRules(text);
    expect(ruleSet).toBeUndefined();
    expect(diagnostics.map((diagnostic) => diagnostic.code)).toContain(code);
    expect(({} as Record<string, unknown>).rules).toBeUndefined();
  });

  const utf8 = 'version: 1\nrules: []\n';
  const utf16 = Buffer.from(utf8, 'utf16le');
  test.each([
    ['UTF-16', utf16, '1:1: error not-text: the file is in UTF-16: save it as UTF-8'],
    [
      'UTF-16 with its mark',
      Buffer.from(`\ufeff${utf8}`, 'utf16le'),
      '1:1: error not-text: the file is in UTF-16: save it as UTF-8',
    ],
    [
      'UTF-16, the high byte first',
      Buffer.from(utf16).swap16(),
      '1:1: error not-text: the file is in UTF-16: save it as UTF-8',
    ],
    [
      'a compressed file',
      gzipSync(utf8),
      '1:4: error not-text: the file is binary: it has control characters',
    ],
    [
      'bytes without NUL',
      Buffer.from(Array.from({ length: 400 }, (_, n) => 1 + ((n * 89) % 255))),
      '1:1: error not-text: the file is binary: it has control characters',
    ],
  ])('%s is reported in one line', (_, bytes, expected) => {
    expect(diagnose(bytes.toString())).toEqual([`f:${expected} (expected YAML or JSON in UTF-8)`]);
  });

  test('a program is reported in one line, at its first NUL', () => {
    const program = readFileSync(process.execPath).subarray(0, 100_000).toString();
    const column = program.indexOf('\0') + 1;
    expect(loadRules(program).diagnostics).toMatchObject([{ code: 'not-text', line: 1, column }]);
  });

  test('a mark at the start, and comments in another encoding, are no mistakes', () => {
    expect(diagnose(`\ufeff${utf8}`)).toEqual([]);
    expect(diagnose(`# \ufffd\ufffd\ufffd\n${utf8}`)).toEqual([]);
  });

  test('a value that is the whole file is cut in the message', () => {
    const [line = ''] = diagnose('a long text '.repeat(80));
    expect(line).toMatch(/^f:1:1: error wrong-value: the file cannot be ".{79}… \(expected/);
  });

  test('aliases that multiply are refused, not followed', () => {
    const levels = Array.from(
      { length: 20 },
      (_, level) =>
        `k${level}: &a${level} [${level === 0 ? 'x' : `*a${level - 1}, *a${level - 1}`}]`,
    );
    expect(loadRules(levels.join('\n')).diagnostics).toMatchObject([
      { code: 'too-large', line: 16 },
    ]);
  });

  test('a file beyond the limit is not read', () => {
    const { diagnostics } = loadRules('#'.repeat(maxRulesLength + 1));
    expect(diagnostics).toMatchObject([{ code: 'too-large', line: 1, column: 1 }]);
  });
});

test.each([
  ['lists', '['.repeat(30_000), 33],
  ['closed lists', '['.repeat(3_000) + ']'.repeat(3_000), 33],
  ['mappings', '{a: '.repeat(3_000), 126],
  ['items', '- '.repeat(30_000), 64],
])('%s that are nested without end are refused where they go too deep', (_, text, column) => {
  expect(loadRules(text).diagnostics).toMatchObject([{ code: 'too-large', line: 1, column }]);
});
