import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runDetour } from '../../../../../test/support/run-detour.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-job-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function rulesFile(sync = ''): string {
  return write('detour.yaml', `version: 1\nrules: [{from: docker.io, to: m.example}]\n${sync}`);
}

// biome-ignore lint/suspicious/noExplicitAny: objects of Kubernetes, of which a test reads a part.
type Kubernetes = any;

async function print(args: readonly string[], { stdin = '', env = {} } = {}) {
  const rules = join(folder, 'detour.yaml');
  const run = await runDetour(['--rules', rules, 'sync', '--print-job', ...args], { stdin, env });
  const objects: Kubernetes[] = parseAllDocuments(run.stdout).map((one) => one.toJS());
  return { ...run, objects, of: (kind: string) => objects.filter((one) => one.kind === kind) };
}

/** Returns what a Pod of the printed Job has in its folder of files. */
function filesOf({ of, objects }: Awaited<ReturnType<typeof print>>): Record<string, string> {
  const { spec } = objects.at(-1);
  const [{ projected }] = (spec.jobTemplate?.spec ?? spec).template.spec.volumes;
  const files: Record<string, string> = {};
  for (const { configMap } of projected.sources) {
    const found = of('ConfigMap').find(({ metadata }) => metadata.name === configMap.name);
    for (const { key, path } of configMap.items) {
      const packed = found.binaryData?.[key];
      files[path] =
        packed === undefined
          ? found.data[key]
          : gunzipSync(Buffer.from(packed, 'base64')).toString();
    }
  }
  return files;
}

test('a Job has the rules, their lists and those of --list, and each Pod fills its shard', async () => {
  rulesFile('sync: {lists: [lists/a.txt], neverLists: [never.txt]}');
  write('lists/a.txt', 'nginx:1\n');
  write('never.txt', 'evil\n');
  const other = write('other.txt.gz', gzipSync('redis:7\n'));
  const printed = await print(['--shards', '3', '--list', other, '-'], { stdin: 'busybox\n' });
  expect(printed.stderr).toBe('');
  expect(filesOf(printed)).toEqual({
    'detour.yaml': readFileSync(join(folder, 'detour.yaml'), 'utf8').trimEnd(),
    'lists/a.txt': 'nginx:1',
    'never.txt': 'evil',
    'lists/0/other.txt.gz': 'redis:7',
    'lists/1/standard-input': 'busybox',
  });
  expect(printed.objects.map(({ kind }) => kind)).toEqual([
    'ConfigMap',
    'ServiceAccount',
    'NetworkPolicy',
    'Job',
  ]);
  const [{ spec }] = printed.of('Job');
  expect(spec).toMatchObject({ completionMode: 'Indexed', completions: 3, parallelism: 3 });
  expect(spec.template.spec.containers[0].args).toEqual([
    ...['--rules', '/etc/detour/detour.yaml', 'sync', '--json'],
    ...['--shard', '$(JOB_COMPLETION_INDEX)/3', '--termination-message', '/dev/termination-log'],
    ...[
      '--list',
      '/etc/detour/lists/0/other.txt.gz',
      '--list',
      '/etc/detour/lists/1/standard-input',
    ],
  ]);
});

test('the same content gives the same Job, other content another', async () => {
  rulesFile('sync: {images: [nginx:1]}');
  const name = async () => (await print(['--shards', '2'])).of('Job')[0].metadata.name;
  const first = await name();
  expect(first).toMatch(/^detour-sync-[0-9a-f]{8}$/);
  expect(await name()).toBe(first);
  rulesFile('sync: {images: [nginx:2]}');
  expect(await name()).not.toBe(first);
});

test('a CronJob keeps its name, and never runs twice at once', async () => {
  rulesFile('sync: {images: [nginx:1]}');
  const args = ['--schedule', '17 3 * * *', '--time-zone', 'Asia/Shanghai', '--name', 'fill'];
  const printed = await print([...args, '--namespace', 'mirror']);
  const [{ metadata, spec }] = printed.of('CronJob');
  expect(metadata).toMatchObject({ name: 'fill', namespace: 'mirror' });
  expect(spec).toMatchObject({
    schedule: '17 3 * * *',
    timeZone: 'Asia/Shanghai',
    concurrencyPolicy: 'Forbid',
  });
  expect(spec.jobTemplate.metadata.labels).toMatchObject({ 'image-detour/sync': 'fill' });
  expect(filesOf(printed)).toHaveProperty('detour.yaml');
});

test('a large list is compressed, and has a ConfigMap of its own', async () => {
  rulesFile();
  const text = Array.from({ length: 40_000 }, (_, at) => `org/app-${at % 997}:v${at}`).join('\n');
  const printed = await print(['--list', write('large.txt', text)]);
  expect(printed.of('ConfigMap')).toHaveLength(2);
  expect(filesOf(printed)['lists/0/large.txt']).toBe(text);
});

test('a list that no ConfigMap holds is refused, with how to split it', async () => {
  rulesFile();
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed.toString(36);
  };
  const lines = Array.from({ length: 120_000 }, () => `org/${random()}${random()}${random()}:1`);
  const { code, stderr } = await print(['--list', write('large.txt', lines.join('\n'))]);
  expect(code).toBe(2);
  const [, count] = /split it into lists of at most (\d+) lines/.exec(stderr) ?? [];
  const half = write('half.txt', lines.slice(0, Number(count)).join('\n'));
  expect((await print(['--list', half])).code).toBe(0);
});

test('--env is for the Pods', async () => {
  rulesFile('sync: {images: [nginx:1]}');
  const args = ['--env', 'HTTPS_PROXY=http://p:3128', 'NO_PROXY=', '--registry-secret', 'logins'];
  const [{ spec }] = (await print(args)).of('Job');
  expect(spec.template.spec.containers[0].env).toEqual([
    { name: 'REGISTRY_AUTH_FILE', value: '/etc/detour-login/.dockerconfigjson' },
    { name: 'HTTPS_PROXY', value: 'http://p:3128' },
    { name: 'NO_PROXY', value: '' },
  ]);
});

test('logins are in a Secret that is named, an account with a role is yours', async () => {
  rulesFile('sync: {images: [nginx:1]}');
  const login = { DETOUR_PUSH_GATEWAY_PASSWORD: 'secret-1', AWS_SECRET_ACCESS_KEY: 'secret-2' };
  const printed = await print(
    ['--registry-secret', 'logins', '--service-account', 'irsa', '--push-gateway', 'http://p:9091'],
    { env: login },
  );
  expect(printed.of('ServiceAccount')).toEqual([]);
  const [{ spec }] = printed.of('Job');
  expect(spec.template.spec).toMatchObject({
    serviceAccountName: 'irsa',
    automountServiceAccountToken: false,
  });
  expect(spec.template.spec.volumes).toContainEqual({
    name: 'login',
    secret: { secretName: 'logins' },
  });
  expect(spec.template.spec.containers[0].args).toContain(
    'http://p:9091/metrics/job/detour_sync/shard/$(JOB_COMPLETION_INDEX)',
  );
  expect(printed.stdout).not.toContain('secret-');
});

test.each([
  [['--plan'], '--plan is not for --print-job'],
  [['--shard', '0/3'], '--shard is not for --print-job'],
  [['--to', 'oci:x'], '--to is not for --print-job'],
  [['--job-status', 'x'], '--job-status is not for --print-job'],
  [['--unlisted'], '--unlisted is not for --print-job'],
  [['--shards', '0'], '--shards takes a number from 1 to 1000'],
  [['--env', 'A'], '--env takes NAME=VALUE'],
  [['--env', 'AWS_SECRET_ACCESS_KEY=x'], 'AWS_SECRET_ACCESS_KEY would be printed'],
  [['--env', 'HTTPS_PROXY=http://me:word@proxy'], 'HTTPS_PROXY would be printed'],
  [['--schedule', '* *'], '--schedule takes five fields'],
  [['--schedule', 'TZ=UTC 0 3 * * *'], '--schedule takes five fields'],
  [['--time-zone', 'Asia/Shanghai'], '--time-zone needs --schedule'],
  [['--schedule', '@daily', '--time-zone', 'Mars/Olympus'], '--time-zone takes a name'],
  [['--name', 'Fill'], '--name takes a Kubernetes name'],
  [['--name', 'a'.repeat(41)], '--name takes at most 40 characters'],
  [['--image', 'a b'], '--image takes the reference of an image'],
  [['--max-rate', '10'], '--max-rate takes bytes per second'],
])('%j is refused', async (args, message) => {
  rulesFile('sync: {images: [nginx:1]}');
  const { code, stderr, stdout } = await print(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test.each([
  ['sync: {lists: [../a.txt]}', 'is not in the folder of the rules file'],
  ['sync: {lists: [missing.txt]}', 'missing.txt cannot be read'],
  ['', 'nothing is listed'],
])(
  'mistakes of the rules and their lists are found before there is a Job: %s',
  async (sync, message) => {
    rulesFile(sync);
    const { code, stderr } = await print([]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  },
);

test('options of Jobs need --print-job', async () => {
  rulesFile('sync: {images: [nginx:1]}');
  const args = ['--rules', join(folder, 'detour.yaml'), 'sync', '--schedule', '@daily'];
  const { code, stderr } = await runDetour(args);
  expect(code).toBe(2);
  expect(stderr).toContain('--schedule is for --print-job: add that');
});
