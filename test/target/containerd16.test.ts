import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeDocuments } from '../../src/cli/commands/compile/write-documents.ts';
import { containerd } from '../../src/target/containerd.ts';
import type { TargetDocument } from '../../src/target/contract/target.ts';
import { compare, type Pull } from './rig/compare.ts';
import { Containerd } from './rig/containerd16.ts';
import { hosts } from './rig/corpus.ts';
import { RecordingProxy } from './rig/recording-proxy.ts';
import { runAll } from './rig/run-all.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'containerd-'));
});

afterAll(() => rm(folder, { recursive: true }));

const certsOf = (file: number) => join(folder, String(file), 'certs.d');

test('containerd 1.6 asks whom decide names', async () => {
  const proxy = await RecordingProxy.start(hosts);
  const daemon = await Containerd.start(folder);
  const write = async (file: number, documents: readonly TargetDocument[]) => {
    await writeDocuments(join(folder, String(file)), documents);
  };
  const pullAll = async (pulls: readonly Pull[]) => {
    const fetch = (pull: Pull) =>
      `-a ${daemon.address} content fetch --hosts-dir ${certsOf(pull.file)} ${pull.normalized}`;
    const lists = pulls.map((pull) => fetch(pull).split(' '));
    await runAll('ctr', lists, proxy.environment);
  };
  const result = await compare(containerd, proxy, [16, 25], write, pullAll);
  await daemon.stop();
  proxy.close();
  console.log(`${result.compared} compared, ${result.reported} reported`);
  expect(result.differences.slice(0, 5)).toEqual([]);
  expect(result.compared).toBeGreaterThan(result.reported);
});
