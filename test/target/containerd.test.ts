import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  formatTagAndDigest,
  parseReference,
  type Reference,
} from '../../src/reference/reference.ts';
import { containerd } from '../../src/target/containerd.ts';
import type { TargetDocument } from '../../src/target/target.ts';
import { compare, type Pull, saidPart } from './rig/compare.ts';
import { Containerd } from './rig/containerd16.ts';
import { hosts } from './rig/corpus.ts';
import { FarEnd } from './rig/far-end.ts';
import { run, runAll } from './rig/run-all.ts';

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'containerd-'));
  program = execFileSync(join(import.meta.dirname, 'build-containerd2.sh'), {
    encoding: 'utf8',
  }).trim();
});

afterAll(() => rm(folder, { recursive: true }));

const certsOf = (file: number) => join(folder, String(file), 'certs.d');

async function write(file: number, documents: readonly TargetDocument[]): Promise<void> {
  for (const { path, text } of documents) {
    const whole = join(folder, String(file), path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, text);
  }
}

/** As the kubelet's request reaches containerd: with Docker's defaults filled in. */
function normalized({ image }: Pull): string {
  const reference = parseReference(image) as Reference;
  return `${reference.registry}/${reference.repository}${formatTagAndDigest(reference)}`;
}

test('no more is excused than today', () => {
  expect(saidPart(containerd)).toBeGreaterThan(0.6);
});

test('containerd 2 asks whom decide names', async () => {
  const farEnd = await FarEnd.start(hosts);
  const pullAll = async (pulls: readonly Pull[]) => {
    const lines = pulls.map((pull) => `${certsOf(pull.file)} ${normalized(pull)}\n`);
    await run(program, [], farEnd.environment, lines.join(''));
  };
  const result = await compare(containerd, farEnd, [150, 25], write, pullAll);
  farEnd.close();
  console.log(`${result.compared} compared, ${result.told} told`);
  expect(result.differences.slice(0, 5)).toEqual([]);
  expect(result.compared).toBeGreaterThan(result.told);
});

test('containerd 1.6 asks whom decide names', async () => {
  const farEnd = await FarEnd.start(hosts);
  const daemon = await Containerd.start(folder);
  const pullAll = async (pulls: readonly Pull[]) => {
    const fetch = (pull: Pull) =>
      `-a ${daemon.address} content fetch --hosts-dir ${certsOf(pull.file)} ${normalized(pull)}`;
    const lists = pulls.map((pull) => fetch(pull).split(' '));
    await runAll('ctr', lists, farEnd.environment);
  };
  const result = await compare(containerd, farEnd, [16, 25], write, pullAll);
  await daemon.stop();
  farEnd.close();
  console.log(`${result.compared} compared, ${result.told} told`);
  expect(result.differences.slice(0, 5)).toEqual([]);
  expect(result.compared).toBeGreaterThan(result.told);
});
