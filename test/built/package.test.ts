import { execFileSync, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { installNode, otherVersions, withNode } from '../rig/node-versions.ts';

let folder: string;
let packed: string[];
/** An empty project that has installed the packed package and nothing else. */
let consumer: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-package-'));
  consumer = join(folder, 'consumer');
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder], {
      encoding: 'utf8',
    }),
  );
  packed = files.map(({ path }: { path: string }) => path);
  execFileSync('mkdir', [consumer]);
  writeFileSync(join(consumer, 'package.json'), '{"type":"module"}');
  // Not every server of a registry has what was published a moment ago.
  const before = `--before=${new Date(Date.now() - 3 * 24 * 3_600_000).toISOString()}`;
  const install = ['install', '--loglevel=error', before, join(folder, filename)];
  execFileSync('npm', install, { cwd: consumer });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const detour = () => join(consumer, 'node_modules', '.bin', 'detour');

test('holds what a user needs, and no tests', () => {
  expect(packed).toEqual(
    expect.arrayContaining([
      'bin/detour.js',
      'dist/program/index.js',
      'dist/index.d.ts',
      'schema/detour.schema.json',
      'LICENSE',
      'NOTICE',
      'README.md',
      'README.zh-CN.md',
    ]),
  );
  expect(packed.filter((path) => /\btest|fixture|\.map$/.test(path))).toEqual([]);
  // The program and the library share what is in dist/program; nothing else holds code of them.
  const others = packed.filter((path) => !/^(bin|dist\/program)\//.test(path));
  expect(others.filter((path) => path.endsWith('.js'))).toEqual([]);
  expect(packed.filter((path) => /^dist\/(cli|server|mirror)\//.test(path))).toEqual([]);
});

test.each(['cloudformation', 'sam'])(
  'prints the template of %s, with the rules in it',
  (target) => {
    const file = join(consumer, 'detour.yaml');
    writeFileSync(file, 'version: 1\nrules:\n  - {from: quay.io, to: m.example/quay}\n');
    const args = ['--rules', file, 'compile', target];
    const template = execFileSync(detour(), args, { encoding: 'utf8' });
    expect(template).toContain('\n          {"from":"quay.io","to":"m.example/quay"}\n');
  },
);

test('publint has nothing to say', () => {
  execFileSync('npx', ['publint', '--strict', '--pack', 'npm'], { stdio: 'pipe' });
});

test('the library decides, and its types hold for a strict consumer', () => {
  const program = `import { decide, defaultRulesText, loadRules } from 'image-detour';
const { ruleSet } = loadRules(defaultRulesText);
if (ruleSet === undefined) throw new Error('no rules');
const image: string = decide('busybox', ruleSet, { namespace: 'default' }).image;
console.log(image);
`;
  writeFileSync(join(consumer, 'main.ts'), program);
  const options = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom'],
    strict: true,
    noEmitOnError: true,
    types: [],
  };
  writeFileSync(
    join(consumer, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['main.ts'] }),
  );
  execFileSync(join(process.cwd(), 'node_modules', '.bin', 'tsc'), {
    cwd: consumer,
    stdio: 'pipe',
  });
  const output = execFileSync('node', ['main.js'], { cwd: consumer, encoding: 'utf8' });
  expect(output).toBe('048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn/dockerhub/busybox\n');
});

/** Starts a program and waits for the log line that says that it is ready. */
async function untilReady(
  command: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
) {
  const child = spawn(command, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const closed = once(child, 'close');
  const stop = async () => {
    if (child.exitCode === null) process.kill(-(child.pid as number), 'SIGINT');
    await closed;
  };
  onTestFinished(stop);
  for await (const [chunk] of on(child.stdout, 'data', { close: ['end'] })) {
    text += chunk;
    const line = text.split('\n').find((one) => one.includes('"msg":"ready"'));
    if (line !== undefined) {
      child.stdout.resume();
      return { ready: JSON.parse(line) as { health: string } };
    }
  }
  throw new Error(`it ended before it was ready: ${text}`);
}

function environmentOf(version: string): NodeJS.ProcessEnv {
  return withNode(version === 'this' ? dirname(process.execPath) : installNode(version));
}

const ports = ['--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0'];

describe.each(['this', ...otherVersions])('on Node %s', (version) => {
  const env = environmentOf(version);

  test('the installed program resolves and serves', async () => {
    const output = execFileSync(detour(), ['resolve', 'k8s.gcr.io/coredns:1.3.1'], {
      env,
      encoding: 'utf8',
    });
    expect(output).toBe(
      '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn/gcr/google_containers/coredns:1.3.1\n',
    );
    const { ready } = await untilReady(detour(), ['serve', ...ports], { cwd: consumer, env });
    const answer = await fetch(`${ready.health}/readyz`);
    expect(answer.status).toBe(200);
  });
});

// What differs between versions shows at the ends.
const newest = otherVersions.at(-1) as string;

describe.each(['this', newest])('on Node %s', (version) => {
  const env = environmentOf(version);

  test('a fresh clone starts with npm start alone', async () => {
    const clone = join(folder, `clone-${version}`);
    execFileSync('git', ['clone', '--quiet', process.cwd(), clone]);
    // What is not committed yet is tested as well.
    for (const path of [
      'src',
      'scripts',
      'bin',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'schema',
    ])
      cpSync(path, join(clone, path), { recursive: true });
    const { ready } = await untilReady('npm', ['start', '--silent', '--', ...ports], {
      cwd: clone,
      env,
    });
    const answer = await fetch(`${ready.health}/readyz`);
    expect(answer.status).toBe(200);
  });
});

test('the command of the README installs it for good', () => {
  const clone = join(folder, 'clone-this');
  const prefix = join(folder, 'global');
  const script = `npm install --loglevel=error --global --prefix ${prefix} "$(npm pack --silent)"`;
  execFileSync('bash', ['-c', script], { cwd: clone, stdio: 'pipe' });
  const output = execFileSync(join(prefix, 'bin', 'kubectl-detour'), ['resolve', 'busybox']);
  expect(output.toString()).toMatch(/\/dockerhub\/busybox\n$/);
});

test('before it is built it says what to do', () => {
  const clone = join(folder, 'clone-unbuilt');
  execFileSync('git', ['clone', '--quiet', process.cwd(), clone]);
  cpSync('bin', join(clone, 'bin'), { recursive: true });
  const script = 'node bin/detour.js check 2>&1; echo $?';
  const output = execFileSync('bash', ['-c', script], { cwd: clone, encoding: 'utf8' });
  expect(output).toMatch(/npm start.*\n2\n$/s);
});

/** On this Node the gate runs all of them; `.ci/long node` does so on the newest. */
const onNewest = (process.env.TESTS_ON_NEWEST ?? 'src/decision test/architecture').split(' ');

test(`a fresh clone is tested with npm test alone on Node ${newest}`, () => {
  const env = withNode(installNode(newest));
  execFileSync('npm', ['test', '--silent', ...onNewest], {
    cwd: join(folder, `clone-${newest}`),
    env,
    stdio: 'pipe',
  });
});

test('a pipe that closes early is no failure', () => {
  const script = `yes busybox | head -1000000 | ${detour()} resolve - | head -1; echo "${'$'}{PIPESTATUS[2]}"`;
  const output = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(output).toMatch(/dockerhub\/busybox\n0\n$/);
});

test('three million lines go through where there is no room for a fifth of them', () => {
  const script = `yes quay.io/org/app:v1 | head -3000000 | NODE_OPTIONS=--max-old-space-size=32 ${detour()} resolve - | wc -l`;
  const output = execFileSync('bash', ['-c', `set -o pipefail; ${script} || true`], {
    encoding: 'utf8',
  });
  expect(Number(output)).toBe(3_000_000);
});

test('no machine path is in the package', () => {
  for (const path of packed.filter((one) => /\.(js|ts|json|md)$/.test(one))) {
    expect(readFileSync(path, 'utf8'), path).not.toContain(process.cwd());
  }
});
