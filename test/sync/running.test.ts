import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { detourProgram } from '../rig/detour.ts';
import { until } from '../rig/process.ts';
import { peakMemory } from '../rig/program.ts';
import { digestOf, generatedContent } from '../rig/registry/content.ts';
import { requestsTo } from '../rig/registry/faults.ts';
import {
  addBlob,
  addContent,
  addImage,
  addManifest,
  addMultiArch,
  ociTypes,
} from '../rig/registry/images.ts';
import { startRegistryProgram } from '../rig/registry/programs.ts';
import { type FakeRegistry, startRegistry } from '../rig/registry/registry.ts';
import { findBrokenTags } from '../rig/registry/walk.ts';
import { skopeoIn } from './rig/skopeo.ts';

/*
 * The built program, as users run it.
 */

let folder: string;
let origin: FakeRegistry;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sync-running-'));
  origin = await startRegistry();
});
afterEach(async () => {
  await origin.close();
  rmSync(folder, { recursive: true });
});

/** Writes rules that send the origin's images to a mirror, and a list of images of the origin. */
function prepare(mirror: string, images: readonly string[]): string[] {
  const rules = join(folder, 'detour.yaml');
  const list = join(folder, 'images.txt');
  writeFileSync(
    rules,
    `version: 1
registries: {"${origin.host}": {plainHttp: true}, "${mirror}": {plainHttp: true}}
rules: [{from: "${origin.host}", to: "${mirror}/copies"}]
`,
  );
  writeFileSync(list, images.map((image) => `${origin.host}/${image}\n`).join(''));
  return [detourProgram, '--rules', rules, 'sync', '--list', list];
}

function startDetour(args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const env = { PATH: process.env.PATH, HOME: folder, ...more };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, ended, output: () => output };
}

test('a blob of 1 GiB takes less than 150 MB of memory', async () => {
  const gibibyte = 2 ** 30;
  const mirror = await startRegistry({ keepsBytes: false });
  const layer = await addContent(
    origin.store,
    'big',
    generatedContent(gibibyte, 1),
    ociTypes.layer,
  );
  const config = addBlob(origin.store, 'big', '{}', ociTypes.config);
  const manifest = { schemaVersion: 2, mediaType: ociTypes.manifest, config, layers: [layer] };
  addManifest(origin.store, 'big', manifest, '1');
  const run = startDetour(prepare(mirror.host, ['big:1']));
  let peak = 0;
  const watch = setInterval(() => {
    try {
      peak = Math.max(peak, peakMemory(run.child.pid as number) || 0);
    } catch {
      // It has ended.
    }
  }, 50);
  expect(await run.ended, run.output()).toBe(0);
  clearInterval(watch);
  expect(run.output()).toContain('1.0 GiB uploaded');
  expect(peak).toBeGreaterThan(20);
  expect(peak).toBeLessThan(150);
  await mirror.close();
}, 300_000);

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends it with a summary, and the next run goes on',
  async (signal) => {
    const mirror = await startRegistry();
    const images = ['a', 'b', 'c', 'd'].map((name) => {
      addImage(origin.store, name, { tag: '1', layers: [Buffer.alloc(300_000, name), name] });
      return `${name}:1`;
    });
    addImage(origin.store, 'small', { tag: '1' });
    // Slow for the blobs of the large images only.
    const small = [...origin.store.repository('small').blobs.keys()];
    origin.faults.add({
      on: (request) =>
        requestsTo('GET', '/blobs/')(request) && !small.some((d) => request.path.endsWith(d)),
      effect: { kind: 'slow', rate: 50_000 },
    });
    const failed = join(folder, 'failed.txt');
    const args = prepare(mirror.host, ['small:1', ...images]);
    const run = startDetour([...args, '--failed', failed]);
    await until('the small image is there', () => run.output().includes('copied'));
    const started = performance.now();
    run.child.kill(signal);
    expect(await run.ended).toBe(3);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(run.output()).toMatch(/5 images in .*: 1 copied .*, 4 left for another run\n$/);
    expect(run.output().match(/interrupted {2}/g)).toHaveLength(4);
    expect(readFileSync(failed, 'utf8').match(/^[^#].*$/gm)).toHaveLength(4);
    expect(await findBrokenTags(mirror.store)).toEqual([]);
    origin.faults.clear();
    const again = startDetour([...args.slice(0, -1), failed]);
    expect(await again.ended, again.output()).toBe(0);
    expect(mirror.store.repositories.size).toBe(5);
    await mirror.close();
  },
);

test('a reader who closes the output stops the run, which still writes what is left', async () => {
  const mirror = await startRegistry();
  for (const name of ['a', 'b']) addImage(origin.store, name, { tag: '1' });
  const [blob] = origin.store.repository('b').blobs.keys();
  origin.faults.add({
    on: ({ path }) => path.endsWith(`/blobs/${blob}`),
    effect: { kind: 'delay', milliseconds: 2_000 },
  });
  const [metrics, failed, report] = ['detour.prom', 'failed.txt', 'report.json'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const files = ['--metrics', metrics, '--failed', failed, '--report', report];
  const run = startDetour([...prepare(mirror.host, ['a:1', 'b:1']), '--json', ...files]);
  await until('one is copied', () => run.output().includes('"finished"'));
  run.child.stdout.destroy();
  expect(await run.ended).toBe(3);
  expect(readFileSync(metrics, 'utf8')).toContain('\ndetour_sync_exit_code 3\n');
  expect(readFileSync(metrics, 'utf8')).toContain('\ndetour_sync_images{state="copied"} 1\n');
  expect(readFileSync(failed, 'utf8')).toMatch(/^[^#].*\/b:1$/m);
  expect(JSON.parse(readFileSync(report, 'utf8')).summary).toMatchObject({ copied: 1, left: 1 });
  await mirror.close();
});

test('a check whose reader closes the output still ends with 1 if the mirror lacks images', async () => {
  const mirror = await startRegistry();
  const images = Array.from({ length: 3_000 }, (_, at) => `a:${at}`);
  const run = startDetour([...prepare(mirror.host, images), '--check', '--json']);
  await until('it prints', () => run.output() !== '', 60);
  run.child.stdout.destroy();
  expect(await run.ended).toBe(1);
  await mirror.close();
});

test('stopped before it copies anything, it lists and reports what is left', async () => {
  const mirror = await startRegistry();
  for (const silent of [mirror, origin])
    silent.faults.add({
      on: ({ path }) => /slow/.test(path),
      effect: { kind: 'delay', milliseconds: 20_000 },
    });
  const [failed, report] = [join(folder, 'failed.txt'), join(folder, 'report.json')];
  for (const images of [
    ['slow:1', 'b:1'],
    ['slow:*', 'b:1'],
  ]) {
    mirror.requests.length = 0;
    origin.requests.length = 0;
    const args = prepare(mirror.host, images);
    const run = startDetour([...args, '--failed', failed, '--report', report]);
    await until('a registry is asked', () =>
      [...mirror.requests, ...origin.requests].some(({ path }) => /slow/.test(path)),
    );
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(1);
    const left = images.map((image) => `${origin.host}/${image}`);
    const listed = readFileSync(failed, 'utf8').match(/^[^#].*$/gm);
    expect(listed?.sort()).toEqual(left.sort());
    const { summary } = JSON.parse(readFileSync(report, 'utf8')) as { summary: object };
    const tagged = images.filter((image) => !image.endsWith('*')).length;
    expect(summary).toMatchObject({ failed: 0, left: tagged, findings: 2 - tagged });
  }
  await mirror.close();
});

test('stopped while it plans, it says so', async () => {
  const mirror = await startRegistry();
  mirror.faults.add({ effect: { kind: 'delay', milliseconds: 20_000 } });
  const run = startDetour([...prepare(mirror.host, ['a:1']), '--plan']);
  await until('the mirror is asked', () => mirror.requests.length > 0);
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(1);
  expect(run.output()).toBe('detour: stopped before all registries had answered\n');
  await mirror.close();
});

test('stopped while a credential helper hangs, it ends at once', async () => {
  const mirror = await startRegistry();
  const [args, begun] = [prepare(mirror.host, ['a:1']), join(folder, 'begun')];
  const helper = join(folder, 'docker-credential-hangs');
  writeFileSync(helper, `#!/bin/sh\ntouch ${begun}\nexec sleep 60\n`, { mode: 0o755 });
  mkdirSync(join(folder, '.docker'));
  writeFileSync(join(folder, '.docker', 'config.json'), '{"credsStore": "hangs"}');
  mirror.faults.add({
    effect: { kind: 'answer', status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
  });
  const run = startDetour(args, { PATH: `${folder}:${process.env.PATH}` });
  await until('the helper is asked', () => existsSync(begun));
  const started = performance.now();
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(1);
  expect(performance.now() - started).toBeLessThan(3_000);
  await mirror.close();
});

test('on a terminal it shows how far it is, and leaves one line per image', async () => {
  const mirror = await startRegistry();
  for (const name of ['a', 'b'])
    addImage(origin.store, name, { tag: '1', layers: [Buffer.alloc(100_000, name)] });
  origin.faults.add({ on: requestsTo('GET', '/blobs/'), effect: { kind: 'slow', rate: 100_000 } });
  const args = prepare(mirror.host, ['a:1', 'b:1']);
  const command = [process.execPath, ...args].join(' ');
  const child = spawn('script', ['-qefc', `stty cols 60; ${command}`, '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  const drawn = output.split('\r\u001b[K').map((one) => stripVTControlCharacters(one));
  expect(drawn.some((one) => /^0\/2 images, \d+ KiB, .*\/s: /.test(one))).toBe(true);
  expect(drawn.filter((one) => /^\d\/2 images/.test(one)).every((one) => one.length < 60)).toBe(
    true,
  );
  const lines = drawn.filter((one) => /^copied/.test(one));
  expect(lines).toHaveLength(2);
  expect(drawn.at(-1)).toMatch(/^2 images in .*: 2 copied/);
  await mirror.close();
});

test('skopeo finds the same digests in a real registry, and reads the images', async () => {
  const registry = await startRegistryProgram('docker-registry', join(folder, 'registry'));
  const skopeo = skopeoIn(folder);
  addMultiArch(origin.store, 'team/app', '1');
  addImage(origin.store, 'team/other', { tag: '1', layers: ['shared', 'x'] });
  addImage(origin.store, 'team/third', { tag: '1', layers: ['shared', 'y'] });
  const images = ['team/app:1', 'team/other:1', 'team/third:1'];
  const args = prepare(registry.host, images);
  for (const expected of ['3 copied', '0 copied, 3 present']) {
    const run = startDetour(args);
    expect(await run.ended, run.output()).toBe(0);
    expect(run.output()).toContain(expected);
  }
  for (const image of images) {
    const read = (place: string) =>
      skopeo('inspect', '--raw', '--tls-verify=false', `docker://${place}`);
    const there = await read(`${registry.host}/copies/${image}`);
    expect(digestOf(there)).toBe(digestOf(await read(`${origin.host}/${image}`)));
    const copy = `dir:${mkdtempSync(join(folder, 'dir-'))}`;
    await skopeo(
      'copy',
      '--all',
      '--src-tls-verify=false',
      `docker://${registry.host}/copies/${image}`,
      copy,
    );
  }
  await registry.stop();
});
