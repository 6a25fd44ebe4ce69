import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { issueSelfSigned } from '../../../certificate/issue.ts';
import { targets } from '../../../target/all.ts';
import { run } from '../../main.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-compile-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `detour compile` and captures its streams. */
async function compile(args: readonly string[], stdin = '') {
  const streams = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
  };
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    streams[name].on('data', (chunk) => {
      text[name] += String(chunk);
    });
  streams.stdin.end(stdin);
  const env = { DETOUR_RULES: 'embedded' };
  const terminal = { ...streams, env, argv: ['node', 'detour', ...args] };
  const code = await run(terminal as unknown as Parameters<typeof run>[0]);
  return { code, ...text };
}

function rules(name: string, text: string): string[] {
  const file = join(folder, name);
  writeFileSync(file, `version: 1\nrules:\n${text}`);
  return ['--rules', file, 'compile'];
}

const plain = '  - from: quay.io\n    to: mirror.example/quay\n';
const denying = `${plain}  - from: docker.io\n    deny: not this one\n`;

test('prints what can be applied', async () => {
  const { code, stdout, stderr } = await compile([...rules('plain', plain), 'map']);
  expect([code, stderr]).toEqual([0, '']);
  expect(parseAllDocuments(stdout).map((one) => one.toJS().kind)).toEqual([
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
  ]);
});

test('--list names every target and what it can say', async () => {
  const { code, stdout } = await compile(['compile', '--list']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^target +paths +wildcards/);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(rows.slice(1)).toEqual(tableOf('docs/compile.md'));
  const json = await compile(['compile', '--list', '--json']);
  const [first] = json.stdout.trim().split('\n');
  expect(JSON.parse(first ?? '')).toMatchObject({ name: 'map', abilities: { deny: 'no' } });
});

/** Returns the cells of the first table of a guide, without its head. */
function tableOf(file: string): string[][] {
  const [, , ...rows] =
    readFileSync(file, 'utf8')
      .match(/(?:^\|.*\n)+/m)?.[0]
      .trimEnd()
      .split('\n') ?? [];
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test.each(targets)(
  '$name compiles the embedded rules, and says in its text where it is from',
  async (target) => {
    const output = join(folder, 'embedded', target.name);
    const manifest = join(folder, 'pod.yaml');
    writeFileSync(manifest, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', spec: {} }));
    const caFile = join(folder, 'ca.crt');
    writeFileSync(caFile, (await issueSelfSigned(['localhost'])).caCertificate);
    const given = {
      images: ['--manifests', manifest],
      url: ['--url', 'https://detour.example/external-data'],
      caBundle: ['--ca-bundle', caFile],
    };
    const needed = (target.needs ?? []).flatMap((need) => given[need]);
    const args = ['compile', target.name, '--lossy', ...needed];
    const { code, stdout } = await compile([...args, '--output', output]);
    expect(code).toBe(0);
    const files = stdout.trimEnd().split('\n');
    for (const file of files) {
      const comment = file.endsWith('.json') ? '' : 'From the rules file by `detour compile ';
      expect(readFileSync(file, 'utf8').slice(0, 500)).toContain(comment);
    }
    expect(await compile([...args, '--check', output])).toMatchObject({
      code: 0,
      stdout: `${output}: matches the rules\n`,
    });
    const printed = await compile(args);
    if (files.length > 1) expect(printed.stderr).toContain('files: add --output FOLDER');
    else expect(printed.stdout).toBe(readFileSync(files[0] ?? '', 'utf8'));
  },
);

test('a diagnostic about few images is a note, and stops nothing', async () => {
  const wildcard = 'bypass: false\nrules:\n  - from: "*.gcr.io"\n    to: mirror.example/gcr\n';
  const file = join(folder, 'wildcard');
  writeFileSync(file, `version: 1\n${wildcard}`);
  const { code, stdout, stderr } = await compile(['--rules', file, 'compile', 'registries']);
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /wildcard:4:11: note not-expressible: "\*\.gcr\.io": .* with a port .*\n$/,
  );
  expect(stdout).toContain('prefix = "*.gcr.io"');
});

test('--mirror-only leaves out the origin, or reports that the target cannot', async () => {
  const args = rules('mirror-only', plain);
  const only = await compile([...args, 'registries', '--mirror-only', '--lossy']);
  expect(only.stdout).toContain('blocked = true\n[[registry.mirror]]');
  const { code, stderr } = await compile([...args, 'bottlerocket', '--mirror-only']);
  expect(code).toBe(1);
  expect(stderr).toContain('warning not-expressible: mirror only: ');
});

test('what the target cannot express is reported with its rule, and nothing is printed; --lossy leaves it out', async () => {
  const args = [...rules('denying', denying), 'map'];
  const strict = await compile(args);
  expect([strict.code, strict.stdout]).toEqual([1, '']);
  expect(strict.stderr).toMatch(/denying:5:11: warning not-expressible: .*docker\.io/);
  expect(strict.stderr).toContain('--lossy');
  const lossy = await compile([...args, '--lossy']);
  expect(lossy.code).toBe(0);
  expect(lossy.stdout).toContain('mirror.example/quay');
});

test('--output writes files and prints their names', async () => {
  const output = join(folder, 'output');
  const { code, stdout } = await compile([...rules('plain', plain), 'map', '--output', output]);
  const file = join(output, 'mutating-admission-policy.yaml');
  expect([code, stdout]).toEqual([0, `${file}\n`]);
  expect(readFileSync(file, 'utf8')).toContain('kind: MutatingAdmissionPolicy\n');
});

test('--output leaves nothing half written where it cannot write', async () => {
  const output = join(folder, 'taken');
  mkdirSync(join(output, 'mutating-admission-policy.yaml'), { recursive: true });
  const { code, stderr } = await compile([...rules('plain', plain), 'map', '--output', output]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('the files cannot be written')]);
  expect(readdirSync(output)).toEqual(['mutating-admission-policy.yaml']);
});

describe('--check', () => {
  const args = () => [...rules('plain', plain), 'map'];

  test('says of what was written whether it is what the rules say now', async () => {
    const output = join(folder, 'checked');
    await compile([...args(), '--output', output]);
    expect(await compile([...args(), '--check', output])).toMatchObject({ code: 0 });
    const other = rules('other', '  - from: quay.io\n    to: other.example\n');
    const file = join(output, 'mutating-admission-policy.yaml');
    for (const place of [output, file]) {
      const { code, stdout } = await compile([...other, 'map', '--check', place]);
      expect([code, stdout.includes(file)]).toEqual([1, true]);
    }
    writeFileSync(join(output, 'old.yaml'), '# From the rules file by `detour compile map`.\n');
    writeFileSync(join(output, 'not-ours.yaml'), 'a: b\n');
    const { code, stdout } = await compile([...args(), '--check', output]);
    expect([code, stdout]).toEqual([1, `${join(output, 'old.yaml')}: no longer in the rules\n`]);
  });

  test('finds what is changed, missing and left over in a folder of folders', async () => {
    const two = rules('two', `${plain}  - from: ghcr.io\n    to: mirror.example/ghcr\n`);
    const output = join(folder, 'tree');
    const at = (host: string) => join(output, 'certs.d', host, 'hosts.toml');
    await compile([...two, 'containerd', '--lossy', '--output', output]);
    await compile([
      ...rules('third', plain.replaceAll('quay', 'old')),
      'containerd',
      '--lossy',
      '--output',
      output,
    ]);
    writeFileSync(at('quay.io'), readFileSync(at('quay.io'), 'utf8').replace('mirror', 'other'));
    rmSync(at('ghcr.io'));
    mkdirSync(join(output, 'certs.d', 'of-another'));
    writeFileSync(at('of-another'), 'server = "https://of-another"\n');
    const { code, stdout } = await compile([...two, 'containerd', '--lossy', '--check', output]);
    expect([code, stdout]).toEqual([
      1,
      [
        `${at('quay.io')}: differs from the rules\n`,
        `${at('ghcr.io')}: missing\n`,
        `${at('old.io')}: no longer in the rules\n`,
      ].join(''),
    ]);
  });

  test('does not mind what stands beside it in a file', async () => {
    const command = [...rules('plain', plain), 'k3s', '--lossy'];
    const file = join(folder, 'registries.yaml');
    writeFileSync(file, `${(await compile(command)).stdout}configs:\n  a.example: {}\n`);
    expect(await compile([...command, '--check', file])).toMatchObject({ code: 0 });
    writeFileSync(file, readFileSync(file, 'utf8').replace('/quay', '/other'));
    expect(await compile([...command, '--check', file])).toMatchObject({
      code: 1,
      stdout: `${file}: differs from the rules\n`,
    });
  });

  test('takes the later of two objects of one name for a difference', async () => {
    const { stdout } = await compile(args());
    const file = join(folder, 'twice.yaml');
    writeFileSync(file, `${stdout}---\n${stdout.replaceAll('mirror.example', 'other.example')}`);
    expect(await compile([...args(), '--check', file])).toMatchObject({
      code: 1,
      stdout: [
        `${file}: there is more than one MutatingAdmissionPolicy/image-detour\n`,
        `${file}: there is more than one MutatingAdmissionPolicyBinding/image-detour\n`,
      ].join(''),
    });
  });

  test('finds each of several documents that have their names at their top', async () => {
    const two = rules('two-talos', `${plain}  - from: ghcr.io\n    to: mirror.example/ghcr\n`);
    const command = [...two, 'talos', '--lossy'];
    const { stdout } = await compile(command);
    const other = (text: string) => text.replace('/ghcr', '/other');
    expect(await compile([...command, '--check', '-'], stdout)).toMatchObject({ code: 0 });
    expect(await compile([...command, '--check', '-'], other(stdout))).toMatchObject({ code: 1 });
  });

  test('of no documents no file can be what the rules say', async () => {
    const command = [...rules('kept', '  - from: quay.io\n    keep: true\n'), 'containerd'];
    const file = join(folder, 'anything.toml');
    writeFileSync(file, 'server = "https://other.example"\n');
    const { code, stderr } = await compile([...command, '--lossy', '--check', file]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('the rules compile to no files')]);
    const talos = [...command.slice(0, -1), 'talos', '--check', '-'];
    expect(await compile(talos, 'kind: Anything\n')).toMatchObject({ code: 1 });
  });

  test('does not mind other settings in the JSON of a program, whatever their order', async () => {
    const hub = '  - from: docker.io\n    to: mirror.example\n    library: always\n';
    const command = [...rules('hub', hub), 'docker', '--lossy'];
    const settings = JSON.parse((await compile(command)).stdout);
    const daemon = (value: object) =>
      JSON.stringify({ 'data-root': '/data', ...value, debug: true });
    const check = [...command, '--check', '-'];
    expect(await compile(check, daemon(settings))).toMatchObject({ code: 0 });
    const other = daemon({ 'registry-mirrors': ['https://other.example'] });
    expect(await compile(check, other)).toMatchObject({
      code: 1,
      stdout: '-: differs from the rules\n',
    });
  });

  test('says it of objects in a cluster, which have more in them', async () => {
    const { stdout } = await compile(args());
    const items = parseAllDocuments(stdout).map((one) => one.toJS());
    for (const item of items) {
      item.metadata.uid = 'u';
      item.status = {};
    }
    const list = stringify({ apiVersion: 'v1', kind: 'List', items });
    expect(await compile([...args(), '--check', '-'], list)).toMatchObject({ code: 0 });
    items[0].spec.failurePolicy = 'Fail';
    const edited = stringify({ apiVersion: 'v1', kind: 'List', items });
    expect(await compile([...args(), '--check', '-'], edited)).toMatchObject({
      code: 1,
      stdout: '-: MutatingAdmissionPolicy/image-detour differs at spec.failurePolicy\n',
    });
    const gone = stringify({ apiVersion: 'v1', kind: 'List', items: items.slice(0, 1) });
    expect((await compile([...args(), '--check', '-'], gone)).stdout).toContain(
      'there is no MutatingAdmissionPolicyBinding/image-detour',
    );
  });
});

describe('--manifests', () => {
  const pod = (image: string) =>
    `apiVersion: v1\nkind: Pod\nspec: {containers: [{name: c, image: ${image}}]}\n`;
  const args = () => [...rules('plain', plain), 'kustomize', '--manifests'];

  test('reads each manifest below a folder, and no other file', async () => {
    const tree = join(folder, 'tree');
    mkdirSync(join(tree, 'below'), { recursive: true });
    const files = { 'a.yaml': 'a', 'below/b.yml': 'b', 'c.json': 'c', 'd.txt': 'd' };
    for (const [file, name] of Object.entries(files))
      writeFileSync(join(tree, file), pod(`quay.io/${name}`));
    symlinkSync('/dev/zero', join(tree, 'endless.yaml'));
    const { code, stdout, stderr } = await compile([...args(), tree]);
    expect([code, stderr]).toEqual([0, '']);
    expect(parse(stdout).images.map(({ name }: { name: string }) => name)).toEqual(
      ['a', 'b', 'c'].map((name) => `quay\\.io/${name}`),
    );
  });

  test('reads standard input; mistakes are reported with their place', async () => {
    expect((await compile([...args(), '-'], pod('quay.io/a'))).stdout).toContain('quay\\.io/a');
    const broken = await compile([...args(), '-'], 'a: b\n---\nc: [\n');
    expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining('-:4:1: error')]);
    const unseen = `${pod('a')}---\napiVersion: x/v1\nkind: X\nspec: {image: quay.io/x}\n`;
    const { code, stderr } = await compile([...args(), '-'], unseen);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('-:7:15: warning not-expressible: Kustomize does not look at'),
    ]);
  });
});

test.each([
  ['http://x', '"http://x" is not an https:// URL: Gatekeeper calls a Provider over TLS only'],
  ['https://x?y', 'Gatekeeper accepts no user, query (?) or fragment (#) in the URL of a Provider'],
  ['https://x/y', '--url must end in /external-data, where detour serve answers'],
])('of a Provider at %s it says what Gatekeeper takes', async (url, message) => {
  const caFile = join(folder, 'provider.crt');
  writeFileSync(caFile, (await issueSelfSigned(['localhost'])).caCertificate);
  const args = ['compile', 'gatekeeper', '--lossy', '--url', url, '--ca-bundle', caFile];
  const { code, stderr } = await compile(args);
  expect([code, stderr]).toEqual([2, `detour: ${message}\n`]);
});

test.each([
  [['compile', 'kustomize'], 'kustomize needs --manifests FILE|FOLDER|-'],
  [['compile', 'kustomize', '--manifests', '/nowhere'], 'the manifests cannot be read'],
  [['compile', 'registries', '--name', '../../../escaped'], '--name takes a Kubernetes name'],
  [['compile', 'registries', '--name', 'a..b'], '--name takes a Kubernetes name'],
  [['compile', 'map', '--ca-bundle', 'x'], '--ca-bundle has no effect on map'],
  [['compile', 'map', '--list'], '--list prints all targets: leave out the target'],
  [['compile', 'map', '--check', 'x', '--output', 'y'], '--check writes nothing'],
  [['compile', 'map', '--output', '/proc/nowhere'], 'the files cannot be written: ENOENT'],
  [['compile', 'map', '--manifests', 'x'], '--manifests has no effect on map'],
  [['compile', 'map', '--json'], '--json works only with --list'],
  [['compile', 'docker', '--name', 'x'], '--name has no effect on docker'],
  [['compile', 'map', '--mode', 'warn'], '--mode has no effect on map'],
  [['compile', 'k3s', '--include-kube-system'], '--include-kube-system has no effect on k3s'],
  [
    ['compile', 'kustomize', '--manifests', '-', '--exclude-namespace', 'x'],
    '--exclude-namespace has no effect on kustomize',
  ],
  [['compile', 'vap', '--exclude-namespace', 'A B'], '--exclude-namespace takes a Kubernetes name'],
  [
    ['compile', 'vap', '--include-kube-system', '--exclude-namespace', 'kube-system'],
    'use only one of --include-kube-system and',
  ],
  [['compile', 'vap', '--mirror-only'], '--mirror-only has no effect on vap'],
  [['compile', 'containerd', '--api', 'v1'], '--api has no effect on containerd'],
  [['compile', 'kustomize', '--manifests', '-', '--url', 'x'], '--url has no effect on kustomize'],
  [['compile'], 'name a target: map'],
  [['compile', 'mpa'], 'there is no target "mpa"'],
  [['compile', 'map', '--check', '/nowhere/x'], 'what is deployed cannot be read'],
  [['compile', 'map', '--output', '/dev/null/x'], 'the files cannot be written'],
  [['compile', 'containerd', '--lossy'], 'containerd compiles to 8 files: add --output FOLDER'],
])('%j ends with 2 and says what to do', async (args, message) => {
  const { code, stderr } = await compile(args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
