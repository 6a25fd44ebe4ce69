import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { issueSelfSigned } from '../certificate/issue.ts';
import { run } from './main.ts';

const M = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the command line and captures its streams. The rules are the embedded ones by default. */
async function detour(
  args: readonly string[],
  {
    stdin = '',
    env = { DETOUR_RULES: 'embedded' },
    isTTY = false,
  }: { stdin?: string | Buffer; env?: NodeJS.ProcessEnv; isTTY?: boolean } = {},
) {
  const output = { stdout: Object.assign(new PassThrough(), { isTTY }), stderr: new PassThrough() };
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for (const name of ['stdout', 'stderr'] as const)
    output[name].on('data', (chunk) => chunks[name].push(chunk));
  const input = new PassThrough();
  input.end(stdin);
  const terminal = { stdin: input, ...output, env, argv: ['node', 'detour', ...args] };
  const signals = ['SIGTERM', 'SIGINT'] as const;
  const before = signals.map((name) => new Set<unknown>(process.listeners(name)));
  const code = await run(terminal as unknown as Parameters<typeof run>[0]);
  // A server listens to signals as long as its process lives. Here that is the process of all
  // tests.
  for (const [index, name] of signals.entries())
    for (const one of process.listeners(name)) if (!before[index]?.has(one)) process.off(name, one);
  const [stdout, stderr] = [Buffer.concat(chunks.stdout), Buffer.concat(chunks.stderr)];
  const outcome = { code, stdout: stdout.toString(), stderr: stderr.toString() };
  return Object.defineProperty(outcome, 'bytes', {
    value: stdout,
    enumerable: false,
  }) as typeof outcome & { bytes: Buffer };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('resolve', () => {
  test('prints what each image becomes', async () => {
    expect(
      await detour(['resolve', 'k8s.gcr.io/coredns:1.3.1', 'direct.to/busybox', 'localhost/x']),
    ).toEqual({
      code: 0,
      stdout: `${M}/gcr/google_containers/coredns:1.3.1\nbusybox\nlocalhost/x\n`,
      stderr: '',
    });
  });

  test('reads lines, whatever their ends, and keeps their order and number', async () => {
    const { stdout } = await detour(['resolve', '-'], {
      stdin: 'busybox\r\n\nquay.io/a\n x \nlast',
    });
    expect(stdout).toBe(`${M}/dockerhub/busybox\r\n\n${M}/quay/a\n x \n${M}/dockerhub/last\n`);
  });

  test('prints JSON with the parse of what was given', async () => {
    const { stdout } = await detour(['resolve', '--json', 'busybox:1', 'direct.to/x', 'a//b']);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        input: 'busybox:1',
        image: `${M}/dockerhub/busybox:1`,
        action: 'rewrite',
        reason: 'rule',
        rule: { from: 'docker.io', line: 5 },
        reference: { registry: 'docker.io', repository: 'library/busybox', tag: '1', digest: null },
      },
      {
        input: 'direct.to/x',
        image: 'x',
        action: 'rewrite',
        reason: 'bypass',
        rule: null,
        reference: { registry: 'direct.to', repository: 'x', tag: null, digest: null },
      },
      {
        input: 'a//b',
        image: 'a//b',
        action: 'keep',
        reason: 'unparsable',
        rule: null,
        reference: null,
      },
    ]);
  });

  test('reports a denied image, with 1', async () => {
    const rules = file('deny.yaml', 'version: 1\nrules: [{from: quay.io, deny: use the mirror}]\n');
    expect(await detour(['--rules', rules, 'resolve', 'quay.io/x'])).toEqual({
      code: 1,
      stdout: 'quay.io/x\n',
      stderr: 'detour: quay.io/x is denied: use the mirror\n',
    });
  });

  test('decides for the namespace that is named', async () => {
    const rules = file(
      'namespace.yaml',
      'version: 1\nnamespaces: {include: [team]}\nrules: [{from: quay.io, to: m.io}]\n',
    );
    expect((await detour(['--rules', rules, 'resolve', 'quay.io/x'])).stdout).toBe('quay.io/x\n');
    expect((await detour(['resolve', '--rules', rules, '-n', 'team', 'quay.io/x'])).stdout).toBe(
      'm.io/x\n',
    );
  });

  test('passes what is not text through byte for byte', async () => {
    const { bytes } = await detour(['resolve', '-'], {
      stdin: Buffer.from([0xff, 0x0d, 0x0a, 0xc3, 0xa9, 0x0a]),
    });
    expect([...bytes]).toEqual([0xff, 0x0d, 0x0a, 0xc3, 0xa9, 0x0a]);
  });

  test('refuses a line without end', async () => {
    const { code, stderr } = await detour(['resolve', '-'], { stdin: 'x'.repeat(2 ** 21) });
    expect([code, stderr]).toEqual([
      2,
      'detour: a line of the input is longer than 1048576 characters\n',
    ]);
  });
});

describe('which rules', () => {
  const notice =
    'detour: there is no detour.yaml or detour.yml in this folder: using the embedded rules, whose mirror belongs to somebody else and needs a login to AWS China; detour init writes your own\n';
  const toOne = 'version: 1\nbypass: false\nrules: [{from: quay.io, to: one.io}]\n';
  const url = ['--url', 'https://detour.example/mutate'];

  /** Runs a command in a folder with these files, and without $DETOUR_RULES. */
  async function detourIn(files: readonly string[], args: readonly string[], stdin = '') {
    const place = mkdtempSync(join(folder, 'place-'));
    for (const name of files) writeFileSync(join(place, name), toOne);
    const before = process.cwd();
    process.chdir(place);
    try {
      return await detour(args, { env: {}, stdin });
    } finally {
      process.chdir(before);
    }
  }

  test.each([
    [['resolve', 'quay.io/x']],
    [['explain', 'quay.io/x']],
    [['check']],
    [['webhook', ...url]],
  ])('%j falls back to the embedded ones and prints a notice', async (args) => {
    expect(await detourIn([], args)).toMatchObject({ code: 0, stderr: notice });
    expect(await detourIn([], ['--rules', 'embedded', ...args])).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  test.each([
    [['map']],
    [['containerd', '--output', 'out']],
    [['kustomize', '--manifests', '.']],
    [['map', '--check', '.']],
  ])('compile %j does not fall back', async (args) => {
    const { code, stdout, stderr } = await detourIn([], ['compile', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      'name your rules file with --rules FILE, write one with detour init, or use --rules embedded',
    );
    expect((await detourIn([], ['--rules', 'embedded', 'compile', 'map'])).code).toBe(0);
    expect((await detourIn([], ['compile', '--list'])).code).toBe(0);
  });

  test.each(['detour.yaml', 'detour.yml'])('./%s is read', async (name) => {
    expect(await detourIn([name], ['resolve', 'quay.io/x'])).toEqual({
      code: 0,
      stdout: 'one.io/x\n',
      stderr: '',
    });
    expect((await detourIn([name], ['compile', 'map'])).stdout).toContain('one.io');
  });

  test('both of them are refused', async () => {
    const { code, stderr } = await detourIn(['detour.yaml', 'detour.yml'], ['resolve', 'x']);
    expect([code, stderr]).toEqual([
      2,
      'detour: there are both detour.yaml and detour.yml: remove one, or name one with --rules\n',
    ]);
  });

  test.each([
    [['resolve', 'quay.io/x'], 'one.io/x\n'],
    [['compile', 'map'], 'one.io'],
    [['check'], '<standard input>: valid, 1 origin, 0 findings\n'],
  ])('--rules - reads standard input: %j', async (args, expected) => {
    const { code, stdout } = await detour(['--rules', '-', ...args], { stdin: toOne });
    expect([code, stdout]).toEqual([0, expect.stringContaining(expected)]);
  });

  test.each([
    [['resolve', '-'], 'the images and the rules file'],
    [['check', '--pods', '-'], 'the rules file and the objects'],
    [['check', '--registration', '-'], 'the rules file and the registration'],
    [['webhook', ...url, '--ca-bundle', '-'], 'the rules file and the CA bundle'],
    [['compile', 'kustomize', '--manifests', '-'], 'the rules file and the manifests'],
    [['compile', 'map', '--check', '-'], 'the rules file and what is deployed'],
  ])('--rules - and %j read standard input both', async (args, expected) => {
    const { code, stderr } = await detour(['--rules', '-', ...args], { stdin: toOne });
    expect([code, stderr]).toEqual([
      2,
      `detour: ${expected} are both read from standard input: use a file for one of them\n`,
    ]);
  });

  test('$DETOUR_RULES, unless --rules says otherwise', async () => {
    const one = file('one.yaml', 'version: 1\nrules: [{from: quay.io, to: one.io}]\n');
    const two = file('two.yaml', 'version: 1\nrules: [{from: quay.io, to: two.io}]\n');
    const env = { DETOUR_RULES: one };
    expect((await detour(['resolve', 'quay.io/x'], { env })).stdout).toBe('one.io/x\n');
    expect((await detour(['--rules', two, 'resolve', 'quay.io/x'], { env })).stdout).toBe(
      'two.io/x\n',
    );
  });

  test('a file that is not there, and one that is broken', async () => {
    const missing = await detour(['--rules', '/nowhere/detour.yaml', 'resolve', 'x']);
    expect([missing.code, missing.stderr]).toEqual([
      2,
      "detour: the rules file cannot be read: ENOENT: no such file or directory, open '/nowhere/detour.yaml'\n",
    ]);
    const broken = file('broken.yaml', 'version: 1\nruls: []\n');
    const { code, stdout, stderr } = await detour(['--rules', broken, 'resolve', 'x']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`${broken}:2:1: error unknown-key: the file has no key "ruls"`);
  });

  test.each(['/dev/zero', '/dev/urandom'])(
    'reading %s, which has no end, stops at a limit',
    async (device) => {
      for (const command of [['resolve', 'x'], ['check'], ['compile', 'map'], ['explain', 'x']]) {
        const { code, stderr } = await detour(['--rules', device, ...command]);
        expect([code, stderr]).toEqual([
          2,
          `detour: the rules file cannot be read: ${device} has more than 16777216 bytes\n`,
        ]);
      }
    },
  );

  test('a folder and a binary file are reported in one line', async () => {
    for (const command of [['resolve', 'x'], ['compile', 'map'], ['explain', 'x'], ['check']]) {
      const { code, stderr } = await detour(['--rules', folder, ...command]);
      expect([code, stderr]).toEqual([
        2,
        `detour: the rules file cannot be read: ${folder} is a folder: name a file in it\n`,
      ]);
    }
    const binary = join(folder, 'rules.yaml.gz');
    writeFileSync(binary, gzipSync('version: 1\nrules: []\n'));
    const { code, stdout } = await detour(['--rules', binary, 'check']);
    expect(code).toBe(2);
    expect(stdout.split('\n')).toEqual([
      expect.stringContaining(':1:4: error not-text: the file is binary'),
      `${binary}: invalid, 1 error, 0 findings`,
      '',
    ]);
    const manifests = ['compile', 'kustomize', '--manifests', binary];
    expect((await detour(manifests)).stderr).toBe(
      `detour: the manifests cannot be read:\n${binary}:1:4: error yaml-syntax: the file is binary: it has control characters\n`,
    );
  });

  test('serve accepts only regular files', async () => {
    const { code, stderr } = await detour(['--rules', '/dev/zero', 'serve']);
    expect([code, stderr]).toEqual([
      2,
      'detour: the rules file cannot be read: /dev/zero is not a regular file\n',
    ]);
  });

  test.each([
    [['serve', '--tls-cert', '/dev/zero', '--tls-key', '/dev/zero'], 'is not a regular file'],
    [
      ['webhook', '--url', 'https://a.example', '--ca-bundle', '/dev/zero'],
      'has more than 1048576 bytes',
    ],
  ])('%j ends as well', async (args, message) => {
    const { code, stderr } = await detour(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

test('explain shows the rules that match and the one that decides', async () => {
  const { stdout } = await detour(['explain', 'gcr.io/google-containers/pause:3.1']);
  expect(stdout).toMatchInlineSnapshot(`
    "gcr.io/google-containers/pause:3.1
      registry    gcr.io
      repository  google-containers/pause
      tag         3.1
      digest      (none)
      rule        gcr.io/google-containers (<embedded rules>:7): decided
      rule        gcr.io (<embedded rules>:9): matches, but another is more specific
      decision    rewrite: the rule says so
      becomes     048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn/gcr/google_containers/pause:3.1
    "
  `);
  const json = JSON.parse(
    (await detour(['explain', '--json', 'gcr.io/google-containers/pause:3.1'])).stdout,
  );
  expect(json.considered).toEqual([
    { from: 'gcr.io/google-containers', line: 7, verdict: 'decided' },
    { from: 'gcr.io', line: 9, verdict: 'less-specific' },
  ]);
});

test('explain and resolve name the host that a node asks, where the grammar has none', async () => {
  const rules = file('any.yaml', 'version: 1\nrules: [{from: "*", deny: use the mirror}]\n');
  const image = 'my_reg.example.com/team/app:1';
  const { code, stdout } = await detour(['--rules', rules, 'explain', image]);
  expect(code).toBe(1);
  expect(stdout.replace(rules, 'any.yaml')).toMatchInlineSnapshot(`
    "my_reg.example.com/team/app:1
      registry    my_reg.example.com
      repository  team/app
      tag         1
      digest      (none)
      rule        * (any.yaml:2): decided
      decision    deny: the rule says so
      message     use the mirror
    "
  `);
  const [line = ''] = (await detour(['--rules', rules, 'resolve', '--json', image])).stdout.split(
    '\n',
  );
  expect(JSON.parse(line)).toMatchObject({
    action: 'deny',
    message: 'use the mirror',
    reference: { registry: 'my_reg.example.com', repository: 'team/app' },
  });
});

test('explain follows the rules in a namespace that registrations leave out, and says so', async () => {
  const { code, stdout } = await detour(['explain', '-n', 'kube-system', 'nginx']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('decision    rewrite')]);
  expect(stdout).toMatch(/note +registrations leave this namespace out by default: .+\n$/);
  const json = await detour(['explain', '--json', '-n', 'kube-system', 'nginx']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    action: 'rewrite',
    note: expect.stringContaining('by default'),
  });
  expect((await detour(['explain', 'nginx'])).stdout).not.toContain('by default');
});

describe('the rules that a namespace adds', () => {
  const cluster = () =>
    file(
      'cluster.yaml',
      `version: 1
namespaceRules: { to: [m.example/teams], namespaces: { include: [team] } }
rules:
  - { from: quay.io, to: m.example/quay }
  - { from: m.example/teams/bad, deny: not here }
`,
    );
  const own = () =>
    file(
      'own.yaml',
      `version: 1
rules:
  - { from: a.example, to: m.example/teams/a }
  - { from: quay.io, to: m.example/teams/quay }
  - { from: b.example, to: m.example/teams/bad }
`,
    );
  const args = (...rest: string[]) => ['--rules', cluster(), ...rest, '--namespace-rules', own()];

  test('decide in resolve if no rule of the cluster matches', async () => {
    const images = ['a.example/x', 'quay.io/x', 'b.example/x', 'c.example/x'];
    const { code, stdout, stderr } = await detour(args('resolve', '-n', 'team', ...images));
    expect(stdout).toBe('m.example/teams/a/x\nm.example/quay/x\nb.example/x\nc.example/x\n');
    expect([code, stderr]).toEqual([1, 'detour: b.example/x is denied: not here\n']);
  });

  test('appear in explain with their own file', async () => {
    const { code, stdout } = await detour(args('explain', '-n', 'team', 'a.example/x'));
    expect(code).toBe(0);
    expect(stdout).toContain(`a.example (${own()}:3): decided\n`);
    expect(stdout).toContain('becomes     m.example/teams/a/x\n');
    const passed = await detour(args('explain', '--json', '-n', 'team', 'b.example/x'));
    expect(passed.code).toBe(1);
    expect(JSON.parse(passed.stdout)).toMatchObject({
      message: 'not here',
      considered: [
        { from: 'm.example/teams/bad', line: 5, verdict: 'decided' },
        { from: 'b.example', line: 5, verdict: 'passed-on', layer: 'namespace' },
      ],
    });
  });

  test('are refused where the webhook would not use them', async () => {
    const other = await detour(args('explain', '-n', 'other', 'a.example/x'));
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringContaining('does not let namespace other add rules'),
    ]);
    const outside = file('outside.yaml', 'version: 1\nrules: [{from: a.example, to: x.example}]\n');
    const given = ['resolve', '-n', 'team', '--namespace-rules', outside, 'a.example/x'];
    const broken = await detour(['--rules', cluster(), ...given]);
    expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining(`${outside}:2:`)]);
    const missing = await detour([
      '--rules',
      cluster(),
      'explain',
      '-n',
      'team',
      '--namespace-rules',
      '/none',
      'x',
    ]);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('cannot be read')]);
  });
});

describe('check', () => {
  test('--pods lists the Pods that lose their pull secret, and prints nothing that the secrets contain', async () => {
    const auths = { 'quay.io': { auth: 'c2VjcmV0' } };
    const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
    const list = {
      kind: 'List',
      items: [
        { kind: 'Secret', metadata: { name: 'regcred', namespace: 'a' }, data },
        {
          kind: 'Pod',
          metadata: { name: 'web', namespace: 'a' },
          spec: {
            containers: [{ name: 'app', image: 'quay.io/a/b:1' }],
            imagePullSecrets: [{ name: 'regcred' }],
          },
        },
      ],
    };
    const stdin = JSON.stringify(list);
    const { code, stdout } = await detour(['check', '--pods', '-'], { stdin });
    expect(code).toBe(1);
    expect(stdout).toContain(
      `a/web c/app: warning lost-pull-secret: quay.io/a/b:1 is pulled with regcred, which has no login for ${M}/quay/a/b:1: a Secret is missing (expected a Secret in namespace a with a login for ${M.split('/')[0]}, and its name in pullSecrets under registries, ${M.split('/')[0]})\n`,
    );
    const json = await detour(['check', '--json', '--pods', file('pods.json', stdin)]);
    expect(JSON.parse(json.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      code: 'lost-pull-secret',
      namespace: 'a',
      pod: 'web',
      secrets: ['regcred'],
      missing: 'secret',
    });
    const broken = await detour(['check', '--pods', '-'], { stdin: '{"auths": c2VjcmV0' });
    expect(broken.code).toBe(2);
    expect(broken.stderr).not.toContain('c2VjcmV0');
    expect(`${stdout}${json.stdout}`).not.toContain('c2VjcmV0');
  });

  test.each(['--pods', '--registration'])(
    '%s in UTF-16, as PowerShell writes it',
    async (option) => {
      const objects = join(folder, 'utf-16.json');
      writeFileSync(objects, Buffer.from('\ufeff{"kind": "List", "items": []}', 'utf16le'));
      const { code, stderr } = await detour(['check', option, objects]);
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining('cannot be read: the file is in UTF-16: save it as UTF-8\n'),
      ]);
    },
  );
  test('0 for the embedded rules, whose bypass is noted', async () => {
    const { code, stdout } = await detour(['check']);
    expect(code).toBe(0);
    expect(stdout).toContain('note public-bypass');
    expect(stdout).toContain('<embedded rules>: valid, 10 origins, 0 findings');
  });
  test('each FILE is checked, whatever is wrong with the others', async () => {
    const right = file('right.yaml', 'version: 1\nbypass: false\nrules: []\n');
    const doubtful = file(
      'odd.yaml',
      'version: 1\nbypass: false\nrules: [{from: x, keep: true}]\n',
    );
    const wrong = file('bad.yaml', 'version: 2\nrules: []\n');
    expect((await detour(['check', right, right])).code).toBe(0);
    expect((await detour(['check', doubtful, right])).code).toBe(1);
    const { code, stdout, stderr } = await detour(['check', wrong, '/nowhere', '-', right], {
      stdin: 'version: 1\nbypass: false\nrules: []\n',
    });
    expect(code).toBe(2);
    expect(stdout.split('\n')).toEqual([
      expect.stringContaining('bad.yaml:1:10: error wrong-value'),
      `${wrong}: invalid, 1 error, 0 findings`,
      '<standard input>: valid, 0 origins, 0 findings',
      `${right}: valid, 0 origins, 0 findings`,
      '',
    ]);
    expect(stderr).toContain('detour: the rules file cannot be read: ENOENT');
    expect((await detour(['check', 'embedded'])).stdout).toContain('<embedded rules>: valid');
  });
  test('1 for an expectation that is not met', async () => {
    const rules = 'version: 1\nbypass: false\nrules: [{from: quay.io, to: m.io}]\nexpect:\n';
    const met = file('met.yaml', `${rules}  quay.io/a: m.io/a\n  ghcr.io/b: keep\n`);
    expect(await detour(['check', met])).toMatchObject({
      code: 0,
      stdout: `${met}: valid, 1 origin, 2 of 2 expectations met, 0 findings\n`,
    });
    const unmet = file('unmet.yaml', `${rules}  quay.io/a: m.io/a\n  quay.io/b: keep\n`);
    const { code, stdout } = await detour(['check', unmet]);
    expect([code, stdout.split('\n')]).toEqual([
      1,
      [
        `${unmet}:6:3: warning unmet-expectation: quay.io/b becomes m.io/b: the rule "quay.io" in line 3 decides (expected keep)`,
        `${unmet}: valid, 1 origin, 1 of 2 expectations met, 1 finding`,
        '',
      ],
    ]);
    const json = await detour(['check', '--json', unmet]);
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([
      1,
      { file: unmet, code: 'unmet-expectation', line: 6, column: 3, expected: 'keep' },
    ]);
  });
  test('1 for findings, 2 for mistakes, each on a line of its own', async () => {
    const doubtful = file(
      'doubtful.yaml',
      'version: 1\nbypass: false\nrules:\n  - {from: gcr.io, to: m.io/x}\n  - {from: quay.io, to: m.io/x}\n',
    );
    const found = await detour(['--rules', doubtful, 'check', '--json']);
    expect([found.code, JSON.parse(found.stdout)]).toMatchObject([
      1,
      { file: doubtful, code: 'colliding-origins', line: 5, column: 12 },
    ]);
    const wrong = file(
      'wrong.yaml',
      'version: 1\nrules:\n  - {from: gcr.io}\n  - {from: quay.io}\n',
    );
    const { code, stdout } = await detour(['--rules', wrong, 'check']);
    expect([code, stdout.trim().split('\n')]).toMatchObject([
      2,
      [
        expect.stringContaining(':3:5: error no-action'),
        expect.stringContaining(':4:5: error no-action'),
        `${wrong}: invalid, 2 errors, 0 findings`,
      ],
    ]);
  });
});

describe('webhook', () => {
  test('prints a configuration for a URL with a CA from standard input', async () => {
    const { caCertificate } = await issueSelfSigned(['localhost']);
    const { code, stdout } = await detour(
      ['webhook', '--url', 'https://detour.example/mutate', '--ca-bundle', '-'],
      { stdin: caCertificate },
    );
    expect(code).toBe(0);
    const [webhook] = parse(stdout).webhooks;
    expect(Buffer.from(webhook.clientConfig.caBundle, 'base64').toString()).toBe(caCertificate);
    expect(webhook.namespaceSelector.matchExpressions[0].values).toEqual([
      'kube-system',
      'image-detour',
    ]);
    expect(stdout).not.toMatch(/[&*]a1/);
  });
  test('leaves out the namespace of its Service', async () => {
    const { stdout } = await detour([
      'webhook',
      '--service',
      'mirrors/detour:8443/x',
      '--failure-policy',
      'Fail',
      '--timeout',
      '5',
    ]);
    const [webhook] = parse(stdout).webhooks;
    expect(webhook).toMatchObject({
      failurePolicy: 'Fail',
      timeoutSeconds: 5,
      clientConfig: { service: { namespace: 'mirrors', name: 'detour', port: 8443, path: '/x' } },
    });
    expect(webhook.namespaceSelector.matchExpressions[0].values).toEqual([
      'kube-system',
      'mirrors',
    ]);
  });
  test('takes certificates out of a bundle, and refuses one with a key', async () => {
    const { caCertificate, privateKey } = await issueSelfSigned(['localhost']);
    const args = ['webhook', '--url', 'https://x', '--ca-bundle', '-'];
    const { stdout } = await detour(args, {
      stdin: `# comment\n${caCertificate}# more\n${caCertificate}`,
    });
    const [webhook] = parse(stdout).webhooks;
    expect(Buffer.from(webhook.clientConfig.caBundle, 'base64').toString()).toBe(
      caCertificate.repeat(2),
    );
    const withKey = await detour(args, { stdin: privateKey + caCertificate });
    expect([withKey.code, withKey.stdout]).toEqual([2, '']);
    expect(withKey.stderr).toContain('contains a private key');
    const garbage = '-----BEGIN CERTIFICATE-----\nnot base64 !!\n-----END CERTIFICATE-----\n';
    expect((await detour(args, { stdin: garbage })).stderr).toContain(
      'no readable PEM certificate',
    );
  });
  test('adds namespaces to those that are always left out', async () => {
    const { stdout } = await detour([
      'webhook',
      '--url',
      'https://x',
      '--exclude-namespace',
      'ci',
      'dev',
    ]);
    const [webhook] = parse(stdout).webhooks;
    expect(webhook.namespaceSelector.matchExpressions[0].values).toEqual([
      'kube-system',
      'image-detour',
      'ci',
      'dev',
    ]);
  });
  test('explains how to label namespaces that do not carry their name', async () => {
    const { stdout } = await detour([
      'webhook',
      '--url',
      'https://x.example',
      '--kubernetes',
      '1.15',
    ]);
    expect(stdout).toContain(
      '#   kubectl label namespace kube-system kubernetes.io/metadata.name=kube-system',
    );
    expect(parse(stdout).apiVersion).toBe('admissionregistration.k8s.io/v1beta1');
  });
  test.each([
    [[], 'use either --url'],
    [['--url', 'https://x', '--service', 'a/b'], 'use either --url'],
    [['--url', 'http://x'], 'is not an https:// URL: the API server calls a webhook over TLS only'],
    [['--url', 'x'], 'is not an https:// URL'],
    [['--url', 'https://x?y=1'], 'no user, query'],
    [['--service', 'x'], 'is not a Service'],
    [
      ['--url', 'https://x', '--kubernetes', '1.8'],
      'not a supported Kubernetes version: write 1.9 to 1.36',
    ],
    [['--url', 'https://x', '--kubernetes', 'new'], 'not a supported Kubernetes version'],
    [['--url', 'https://x', '--timeout', '31'], '1 to 30 seconds'],
    [['--url', 'https://x', '--ca-bundle', '-'], 'no readable PEM certificate'],
    [['--url', 'https://x', '--kubernetes', '1.13'], 'needs its CA'],
    [['--service', 'a/b:8443', '--kubernetes', '1.14'], 'port 443 only'],
    [['--service', 'a/b:99999'], 'is not a Service'],
    [['--service', '-/-'], 'is not a Service'],
    [['--url', 'https://x', '--name', 'Foo Bar'], '--name takes a Kubernetes name'],
    [
      ['--url', 'https://x', '--exclude-namespace', 'A B'],
      '--exclude-namespace takes a Kubernetes name',
    ],
    [['--url', 'https://x', '--ca-bundle', '/nowhere'], 'cannot be read'],
  ])('%j: %s', async (args, message) => {
    const { code, stdout, stderr } = await detour(['webhook', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

describe('wrong usage ends with 2 and says what to do', () => {
  const kept = ['--certificate-secret', 'x'];
  const named = ['--tls-name', 'a.b.svc'];
  test.each([
    [['resolv'], 'Did you mean resolve?'],
    [['resolve'], 'name an image, or - to read'],
    [['check', '--jsno'], 'Did you mean --json?'],
    [['check', '--rules', 'a', 'b'], 'either with --rules or as arguments'],
    [['check', 'a', 'b', '--pods', '-'], '--pods is checked with one rules file'],
    [['check', 'a', 'b', '--images', 'x'], '--images is checked with one rules file'],
    [['check', '-', '-'], 'are both read from standard input'],
    [['serve', '--listen', 'x'], '--listen takes HOST:PORT or :PORT'],
    [['serve', '--listen', ':99999'], '--listen takes HOST:PORT or :PORT'],
    [['serve', '--drain-delay', 'soon'], 'a duration such as 10s'],
    [['serve', '--tls-cert', 'x'], '--tls-cert and --tls-key must be used together'],
    [['serve', '--webhook-configuration', 'x'], 'add --certificate-secret'],
    [['serve', ...kept, '--tls-cert', 'x', '--tls-key', 'x'], 'use only one of'],
    [['serve', ...kept], 'add --tls-name SERVICE.NAMESPACE.svc'],
    [['serve', ...kept, ...named, '--ca-lifetime', '1d'], 'at least --certificate-lifetime'],
    [['serve', ...kept, ...named, '--certificate-lifetime', '2h'], 'at most a third'],
    [['serve', ...kept, ...named, '--ca-overlap', '9s'], 'at least 15s'],
    [['serve', ...kept, ...named], '--certificate-secret works only in a Pod'],
    [['serve', '--namespace-rules'], 'work only in a Pod'],
    [['serve', '--ecr-pull-secret', 'x'], '--ecr-pull-secret-namespace must be used together'],
    [
      ['serve', '--tls-cert', '/nowhere', '--tls-key', '/nowhere'],
      'the certificate cannot be used',
    ],
    [['serve', '--client-ca', '/nowhere'], '--client-ca cannot be used: ENOENT'],
    [['serve', '--client-ca', '/dev/zero'], '/dev/zero is not a regular file'],
    [['serve', '--client-ca', 'package.json'], 'package.json is not a PEM certificate'],
    [['serve', '--log-level', 'loud'], 'Allowed choices are debug, info, warn, error'],
    [['completion', 'tcsh'], 'use bash, zsh or fish'],
  ])('%j: %s', async (args, message) => {
    const { code, stderr } = await detour(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

test('help and version are no mistakes', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(await detour(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const { code, stdout } = await detour(['--help']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('Examples:')]);
});

test('each folder of commands/ is a command of the program', async () => {
  const { stdout } = await detour(['--help']);
  const [, list = ''] = stdout.split('Commands:\n');
  const names = [...list.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  expect(names.filter((name) => !['help', 'detour'].includes(name ?? '')).sort()).toEqual(
    readdirSync('src/cli/commands').sort(),
  );
});

test.each(['bash', 'zsh', 'fish'])('completion for %s knows every command', async (shell) => {
  const { stdout } = await detour(['completion', shell]);
  for (const command of ['resolve', 'explain', 'check', 'serve', 'webhook', 'ca-bundle'])
    expect(stdout).toContain(command);
});

test.each([
  [
    'detour ',
    ['init', 'resolve', 'explain', 'check', 'serve', 'webhook', 'compile', 'sync', 'completion'],
  ],
  ['detour ser', ['serve']],
  ['detour serve --log-f', ['--log-format']],
  ['detour serve --hea', ['--health-listen']],
  ['detour serve --log-level ', ['debug', 'info', 'warn', 'error']],
  ['detour webhook --failure-policy F', ['Fail']],
  ['detour completion ', ['bash', 'zsh', 'fish']],
  ['detour --rules x', ['x y.yaml']],
  ['detour compile kustomize --manifests x', ['x y.yaml']],
  ['detour compile map --check x', ['x y.yaml']],
  ['detour check --pods x', ['x y.yaml']],
  ['detour check --images x', ['x y.yaml']],
  ['detour check x', ['x y.yaml']],
  ['detour compile vap --mode ', ['warn', 'audit', 'deny']],
  ['detour init --layout ', ['harbor', 'ecr', 'flat', 'public']],
  ['detour init --output x', ['x y.yaml']],
  ['detour compile map --output x', ['x y.yaml']],
  ['detour resolve ', []],
])('bash completes %j by %j', async (line, expected) => {
  const { stdout } = await detour(['completion', 'bash']);
  writeFileSync(join(folder, 'x y.yaml'), '');
  const script = `${stdout}
COMP_WORDS=(${line
    .split(' ')
    .map((word) => `"${word}"`)
    .join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_detour; printf '%s\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8' });
  const found = output
    .split('\n')
    .filter((word) => word !== '' && (expected.length < 6 || !word.startsWith('-')));
  expect(found).toEqual(expected);
});

describe('colours', () => {
  const onTerminal = { isTTY: true };
  const rules = () => file('error-rules.yaml', 'version: 1\nrules: [{from: quay.io}]\n');
  test('where a person looks', async () => {
    const { stdout } = await detour(['--rules', rules(), 'check'], onTerminal);
    expect(stdout).toContain('error-rules.yaml:2:9: \u001b[31merror\u001b[0m no-action');
  });
  test.each([
    {},
    { ...onTerminal, env: { NO_COLOR: '1' } },
    { ...onTerminal, env: { TERM: 'dumb' } },
  ])('not with %j', async (options) => {
    expect((await detour(['--rules', rules(), 'check'], options)).stdout).not.toContain('\u001b');
  });
});
