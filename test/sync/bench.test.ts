import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildOnce } from '../rig/build-once.ts';

/** Figures are those of one run, as `--json` prints them. */
interface Figures {
  readonly tool: string;
  readonly workload: string;
  readonly wall: number;
  readonly sourceRequests: number;
  readonly targetRequests: number;
  readonly read: number;
  readonly written: number;
  readonly wrong: readonly string[];
}

/** In milliseconds. */
const roundTrip = 50;

let folder: string;
let rows: readonly Figures[];
let printed: string;

// The smallest form: it copies 10 MiB. Tags are copied from afar.
beforeAll(async () => {
  for (const name of ['distribution', 'crane']) buildOnce('test/sync/build-registry.sh', name);
  folder = mkdtempSync(join(tmpdir(), 'sync-bench-test-'));
  const near = ['cold', 'warm', 'small'].flatMap((name) => ['--workload', name]);
  const far = ['--workload', 'tags', '--workload', 'tags-warm', '--rtt', String(roundTrip)];
  printed = (await compare(near)) + (await compare(far));
  const lines = readFileSync(join(folder, 'figures.json'), 'utf8').trim().split('\n');
  rows = lines.map((line) => JSON.parse(line) as Figures);
});

async function compare(workloads: readonly string[]): Promise<string> {
  const size = ['--rounds', '1', '--scale', '0.01', '--tags', '20'];
  const tools = ['--tool', 'detour', '--tool', 'crane', '--peer', 'nothing=test -s {images}'];
  const args = [...size, ...tools, ...workloads, '--json', join(folder, 'figures.json')];
  const { stdout } = await promisify(execFile)(process.execPath, ['bench/run.js', 'sync', ...args]);
  return stdout;
}

afterAll(() => rmSync(folder, { recursive: true }));

const figuresOf = (tool: string, workload: string) =>
  rows.find((row) => row.tool === tool && row.workload === workload)!;

test('every tool copies every workload', () => {
  expect(rows).toHaveLength(3 * 5);
  for (const { tool, wrong } of rows.filter(({ tool }) => tool !== 'nothing'))
    expect(wrong, tool).toEqual([]);
  expect(printed).toContain('cold, round trip 0 ms, 61 tags, 170 blobs, 10.2 MiB; median');
});

test('a tool that copies nothing is found out', () => {
  expect(figuresOf('nothing', 'cold').wrong).toHaveLength(61);
  expect(printed).toContain(
    '**nothing, round 1: missing or with another digest: application-0:1.0,',
  );
});

test('detour moves each blob once; crane moves shared blobs for each repository', () => {
  const unique = 10.2 * 2 ** 20;
  expect(figuresOf('detour', 'cold').written).toBeCloseTo(unique, -5);
  expect(figuresOf('detour', 'cold').read).toBeLessThan(1.02 * unique);
  expect(figuresOf('crane', 'cold').written).toBeGreaterThan(1.8 * unique);
});

test('a small index takes detour at most 42 requests; what is there takes 2 a tag, and no bytes', () => {
  const requests = ({ sourceRequests, targetRequests }: Figures) => sourceRequests + targetRequests;
  expect(requests(figuresOf('detour', 'small'))).toBeLessThanOrEqual(42);
  expect(requests(figuresOf('detour', 'warm'))).toBeLessThanOrEqual(2 * 61);
  expect(figuresOf('detour', 'warm')).toMatchObject({ read: 0, written: 0 });
});

test('registries that are far away answer after a round trip', () => {
  // A connection, a question to the mirror, its manifest, an upload in two requests, and the tag.
  expect(figuresOf('crane', 'tags').wall).toBeGreaterThan((6 * roundTrip) / 1000);
  expect(figuresOf('detour', 'tags').wall).toBeGreaterThan((6 * roundTrip) / 1000);
});
