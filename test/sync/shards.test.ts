import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { addMultiArch } from '../rig/registry/images.ts';
import { type Mirroring, startMirroring } from './rig/mirroring.ts';

let world: Mirroring;

beforeEach(async () => {
  world = await startMirroring();
});
afterEach(() => world.close());

const count = 3;
const names = Array.from({ length: 12 }, (_, at) => `r${at}`);

test('shards fill the mirror together: each image by one of them, a second run copies nothing', async () => {
  for (const name of names) addMultiArch(world.origin.store, name, '1');
  const list = [...names.map((name) => `ORIGIN/${name}:*`), 'ORIGIN/gone:1', 'nginx:1.27'].join(
    '\n',
  );
  const message = join(world.folder, 'message');
  const fill = async () => {
    const summaries = [];
    for (let index = 0; index < count; index++) {
      const args = ['--shard', `${index}/${count}`, '--termination-message', message];
      const { code } = await world.sync(['--list', '-', ...args], list);
      const { summary, ...rest } = JSON.parse(readFileSync(message, 'utf8'));
      expect(rest).toMatchObject({ shard: `${index}/${count}`, exitCode: code });
      summaries.push({ ...summary, code, failures: rest.failures });
    }
    return summaries;
  };
  const total = (summaries: Awaited<ReturnType<typeof fill>>, key: string) =>
    summaries.reduce((sum, one) => sum + one[key], 0);
  const first = await fill();
  expect(['copied', 'failed', 'findings'].map((key) => total(first, key))).toEqual([12, 1, 1]);
  expect(first.every(({ copied }) => copied > 0)).toBe(true);
  expect(first.flatMap(({ failures }) => failures)).toHaveLength(2);
  const uploads = world.mirror.requests.filter(({ method }) => method === 'PUT').length;
  const second = await fill();
  expect(['copied', 'present'].map((key) => total(second, key))).toEqual([0, 12]);
  expect(world.mirror.requests.filter(({ method }) => method === 'PUT')).toHaveLength(uploads);
});

test('a shard that ends with an error leaves its message', async () => {
  const message = join(world.folder, 'message');
  const args = ['--shard', '2/3', '--termination-message', message];
  const { code } = await world.sync(['--list', 'missing.txt', ...args]);
  expect(code).toBe(2);
  const left = JSON.parse(readFileSync(message, 'utf8'));
  expect(left).toMatchObject({
    shard: '2/3',
    exitCode: 2,
    error: expect.stringContaining('missing.txt'),
  });
});

test('a list may be compressed, also one that the rules name', async () => {
  addMultiArch(world.origin.store, 'a', '1');
  const list = gzipSync(`${world.origin.host}/a:1\n`);
  writeFileSync(join(world.folder, 'images.txt'), list);
  expect(
    (await world.sync(['--list', join(world.folder, 'images.txt'), '--plan'])).stdout,
  ).toContain('copies/a:1');
  world.rules('- {from: ORIGIN, to: MIRROR/copies}', 'sync: {lists: [images.txt]}');
  expect((await world.sync(['--plan'])).stdout).toContain('copies/a:1');
});

test.each(['3/3', '0/0', '1', '-1/3', '0/1001', 'a/b'])('--shard %s is refused', async (shard) => {
  const { code, stderr } = await world.sync(['--list', '-', '--shard', shard], 'ORIGIN/a:1');
  expect(code).toBe(2);
  expect(stderr).toContain('--shard takes I/N');
});

test('--unlisted is not for a shard', async () => {
  const { code, stderr } = await world.sync(['--shard', '0/3', '--unlisted']);
  expect(code).toBe(2);
  expect(stderr).toContain('run it without --shard');
});

test('--json repeats at its end what is not there', async () => {
  const { stdout } = await world.sync(['--list', '-', '--json'], 'ORIGIN/gone:1\nnginx:1.27');
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.slice(-3)).toMatchObject([
    { event: 'failure', status: 'failed', listed: [{ image: expect.stringContaining('/gone:1') }] },
    { event: 'failure', code: 'unmatched', image: 'nginx:1.27' },
    { event: 'summary', failed: 1, findings: 1 },
  ]);
});
