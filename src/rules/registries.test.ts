import { describe, expect, test } from 'vitest';
import { caCertificate } from '../../test/support/ca-certificate.ts';
import { checkRules } from './check.ts';
import { formatDiagnostic } from './diagnostic.ts';
import { loadRules } from './load.ts';
import { findFact } from './registries.ts';

function load(registries: object, more: object = {}) {
  const file = { version: 1, bypass: false, ...more, registries, rules: [] };
  return loadRules(JSON.stringify(file, null, 1));
}

const diagnose = (registries: object, more?: object) =>
  load(registries, more).diagnostics.map((one) => formatDiagnostic('f', one));

describe('of several keys the longest one counts, for each fact', () => {
  const { ruleSet } = load(
    {
      '${mirror}': { pullSecrets: ['m'], ca: caCertificate },
      'm.example/a/b': { pullSecrets: ['ab'] },
      'm.example/a': { chunk: '16MiB' },
      'm.example/none': { pullSecrets: [] },
      'Index.docker.io/nginx': { pullSecrets: ['nginx'] },
      'docker.io/redis': { pullSecrets: ['redis'] },
      'docker.io/library/redis': { pullSecrets: ['official'] },
    },
    { mirror: 'M.example' },
  );

  test.each([
    ['m.example', '', ['m']],
    ['m.example', 'x', ['m']],
    ['m.example', 'a', ['m']],
    ['m.example', 'a/b', ['ab']],
    ['m.example', 'a/b/c', ['ab']],
    ['m.example', 'a/bc', ['m']],
    ['m.example', 'none/x', []],
    ['m.example:443', 'x', undefined],
    ['docker.io', 'library/nginx', ['nginx']],
    ['docker.io', 'nginx/x', ['nginx']],
    ['docker.io', 'library/redis', ['official']],
    ['docker.io', 'redis/x', ['redis']],
    ['docker.io', 'library/busybox', undefined],
  ])('%s/%s: %j', (host, repository, expected) => {
    expect(findFact(ruleSet!.registries, { host, repository }, 'pullSecrets')).toEqual(expected);
  });

  test('a key with a path leaves the other facts of its registry alone', () => {
    const place = { host: 'm.example', repository: 'a/b' };
    expect(findFact(ruleSet!.registries, place, 'ca')).toBe(caCertificate);
    expect(findFact(ruleSet!.registries, place, 'chunk')).toBe('16MiB');
  });
});

test('a file without pull secrets looks nothing up', () => {
  expect(load({ 'm.example': { plainHttp: true, pullSecrets: [] } }).ruleSet?.registries).toEqual(
    expect.objectContaining({ hasPullSecrets: false }),
  );
});

describe('keys that are wrong', () => {
  test('are reported all at once, each where it is', () => {
    const registries = {
      'https://m.example/': {},
      '*.m.example': {},
      'm.example/A': {},
      'm.example/x:1': {},
      mirror: {},
      'M.example': {},
      'm.example': {},
      'docker.io': {},
      'registry-1.docker.io': {},
      '${mirror}': {},
      '${miror}/x': {},
      'a.example/${registry}': {},
    };
    expect(diagnose(registries)).toMatchInlineSnapshot(`
      [
        "f:5:3: error invalid-registry: "https://m.example/" is not a registry (expected a registry such as mirror.example.com, with an optional repository prefix); did you mean "m.example"?",
        "f:6:3: error invalid-registry: "*.m.example" is not a registry (expected a registry such as mirror.example.com, with an optional repository prefix)",
        "f:7:3: error invalid-registry: "m.example/A" is not a registry (expected a registry such as mirror.example.com, with an optional repository prefix); did you mean "m.example/a"?",
        "f:8:3: error invalid-registry: "m.example/x:1" is not a registry (expected a registry such as mirror.example.com, with an optional repository prefix)",
        "f:9:3: error invalid-registry: "mirror" is not a registry (expected a registry such as mirror.example.com, with an optional repository prefix)",
        "f:11:3: error duplicate-registry: "m.example" is the same registry as "M.example" in line 10 (expected each registry once)",
        "f:13:3: error duplicate-registry: "registry-1.docker.io" is the same registry as "docker.io" in line 12 (expected each registry once)",
        "f:14:3: error missing-key: registries.\${mirror} uses \${mirror}, but the file has no mirror (expected mirror: HOST at the top of the file)",
        "f:15:3: error unknown-variable: unknown variable \${miror} (expected \${mirror} or \${registry}); did you mean "mirror"?",
        "f:16:3: error invalid-registry: "a.example/\${registry}" is not a registry (expected a registry such as mirror.example.com, with an optional repository prefix)",
      ]
    `);
  });

  test('a key that is the mirror', () => {
    const mirror = 'm.example/x';
    expect(diagnose({ '${mirror}': {}, 'm.example/x': {} }, { mirror })).toMatchInlineSnapshot(`
      [
        "f:7:3: error duplicate-registry: "m.example/x" is the same registry as "\${mirror}" in line 6 (expected each registry once)",
      ]
    `);
  });
});

describe('facts that are wrong', () => {
  test('are reported all at once, each where it is', () => {
    const registries = {
      'a.example': { pullSecrets: ['Upper', 'fine'], plainHttp: false, chunk: '16MB' },
      'b.example': { plainHttp: true, ca: caCertificate, tls: {} },
      'c.example/x': { plainHttp: true },
      'd.example/x': { ca: caCertificate },
      'e.example': { ca: '' },
      'f.example': { ecr: { encryption: 'DES', policy: 'all', imutable: true } },
      'f2.example': { ecr: { lifecycle: 'none', tags: { team: 7, long: 'x'.repeat(257) } } },
      'f3.example': { ecr: { tags: ['team'] } },
      'g.example': [],
      'h.example': { ca: 'x' },
    };
    expect(diagnose(registries)).toMatchInlineSnapshot(`
      [
        "f:7:5: error wrong-value: registries.a.example.pullSecrets[0] cannot be "Upper" (expected the name of a Secret: lower-case letters, digits, - and .)",
        "f:10:17: error wrong-value: registries.a.example.plainHttp cannot be false (expected true)",
        "f:11:13: error wrong-value: registries.a.example.chunk cannot be "16MB" (expected a size such as 16MiB)",
        "f:15:10: error invalid-registry: "b.example" has both plainHttp and ca: without TLS no certificate is checked (expected only one of them)",
        "f:16:4: error unknown-key: registries.b.example has no key "tls" (expected pullSecrets, plainHttp, ca, chunk, ecr)",
        "f:19:17: error invalid-registry: plainHttp is a fact about a whole registry, and "c.example/x" has a path (expected plainHttp under the registry without a path)",
        "f:22:10: error invalid-registry: ca is a fact about a whole registry, and "d.example/x" has a path (expected ca under the registry without a path)",
        "f:25:10: error wrong-value: registries.e.example.ca is empty (expected certificates in PEM)",
        "f:29:19: error wrong-value: registries.f.example.ecr.encryption cannot be "DES" (expected AES256, KMS, KMS_DSSE or the ARN of a KMS key)",
        "f:30:15: error wrong-value: registries.f.example.ecr.policy cannot be "all" (expected none, or a policy as JSON text)",
        "f:31:5: error unknown-key: registries.f.example.ecr has no key "imutable" (expected create, immutable, scan, encryption, policy, lifecycle, tags); did you mean "immutable"?",
        "f:36:18: error wrong-value: registries.f2.example.ecr.lifecycle cannot be "none" (expected a lifecycle policy as JSON text)",
        "f:38:6: error wrong-value: registries.f2.example.ecr.tags.team cannot be 7 (expected a text of at most 256 characters, with quotes around a number)",
        "f:39:6: error wrong-value: registries.f2.example.ecr.tags.long cannot be "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… (expected a text of at most 256 characters, with quotes around a number)",
        "f:45:13: error wrong-value: registries.f3.example.ecr.tags cannot be a list (expected a mapping from keys to texts, such as team: platform)",
        "f:50:3: error wrong-value: registries.g.example cannot be a list (expected a mapping: pullSecrets, plainHttp, ca, chunk or ecr)",
        "f:52:10: error invalid-ca: the ca of "h.example" holds no certificate (expected certificates in PEM: -----BEGIN CERTIFICATE-----, base64, -----END CERTIFICATE-----)",
      ]
    `);
  });

  test('what is right of them is', () => {
    const arn = 'arn:aws-cn:kms:cn-north-1:123456789012:key/0f0f-0f';
    const ecr = {
      create: true,
      immutable: false,
      scan: true,
      encryption: 'AES256',
      policy: 'none',
      lifecycle: '{"rules": []}',
      tags: { team: 'platform', empty: '' },
    };
    const policy = '{\n  "Statement": []\n}\n';
    const registries = {
      'a.example:5000': { plainHttp: true, chunk: '16MiB' },
      'b.example': { ca: `# my CA\n${caCertificate}\n${caCertificate}` },
      'c.example/x': { pullSecrets: [], chunk: '1GiB' },
      'd.example': { ecr },
      'e.example': { ecr: { encryption: arn, policy } },
    };
    expect(diagnose(registries)).toEqual([]);
  });
});

describe('pullSecrets, which was a key of the file and of rules, is reported with its new place', () => {
  const registries = 'registries: {HOST: {pullSecrets: [NAME]}}';
  test.each([
    ['version: 1\npullSecrets: [a]\nrules: []\n', 'f:2:1: error unknown-key: the file has no key'],
    [
      'version: 1\nrules:\n  - from: a.io\n    to: m.io\n    pullSecrets: [a]\n',
      'f:5:5: error unknown-key: rules[0] has no key',
    ],
  ])('%j', (text, expected) => {
    const lines = loadRules(text).diagnostics.map((one) => formatDiagnostic('f', one));
    expect(lines).toEqual([
      `${expected} "pullSecrets" (expected it in the cluster's rules file, under the registry that needs them: ${registries})`,
    ]);
  });
});

test('check finds pullSecrets that leave out nothing', () => {
  const findings = (registries: object) =>
    checkRules(load(registries).ruleSet!).map(({ code, line }) => `${code}:${line}`);
  expect(findings({ 'm.example': { pullSecrets: [] } })).toEqual(['unused-pull-secrets:6']);
  expect(
    findings({ 'm.example': { pullSecrets: ['a'] }, 'm.example/x': { pullSecrets: [] } }),
  ).toEqual([]);
  expect(
    findings({ 'm.example/y': { pullSecrets: ['a'] }, 'docker.io/nginx': { pullSecrets: [] } }),
  ).toEqual(['unused-pull-secrets:11']);
});

test('the search for pullSecrets that leave out nothing grows with the number of keys', () => {
  const seconds = (count: number) => {
    const keys = Array.from({ length: count }, (_, at) => [
      `m.example/a${at}`,
      { pullSecrets: [] },
    ]);
    const { ruleSet } = load(Object.fromEntries(keys));
    const start = performance.now();
    expect(checkRules(ruleSet!).length).toBeGreaterThan(999);
    return (performance.now() - start) / 1_000;
  };
  const few = seconds(1_000);
  expect(seconds(20_000)).toBeLessThan(60 * few + 1);
});
