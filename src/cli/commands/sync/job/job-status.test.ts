import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runDetour } from '../../../../../test/support/run-detour.ts';
import { formatStatus, type JobStatus, statusRecord } from './print-status.ts';

/* test/cluster/sync-job.test.ts asks a real cluster. */

test('without kubectl, the error says what is missing', async () => {
  const env = { PATH: '/nowhere' };
  const { code, stderr } = await runDetour(['sync', '--job-status', 'fill'], { env });
  expect(code).toBe(2);
  expect(stderr).toContain('--job-status needs kubectl: install it, and add it to the PATH');
});

test('what kubectl logs of each attempt is not repeated', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
  const lines = [
    'E1128 03:36:12.458027 14186 memcache.go:265] "Unhandled Error"',
    'refused: which host?',
  ];
  writeFileSync(
    join(folder, 'kubectl'),
    `#!/bin/sh\nprintf '%s\\n' '${lines.join("' '")}' >&2\nexit 1\n`,
    {
      mode: 0o755,
    },
  );
  const { code, stderr } = await runDetour(['sync', '--job-status', 'fill'], {
    env: { PATH: folder },
  });
  rmSync(folder, { recursive: true });
  expect([code, stderr]).toEqual([2, 'detour: kubectl: refused: which host?\n']);
});

test.each(['--all', 'A', 'a/b'])('the name %s is not passed to kubectl', async (name) => {
  const { code, stderr } = await runDetour(['sync', `--job-status=${name}`]);
  expect(code).toBe(2);
  expect(stderr).toContain('--job-status takes a Kubernetes name');
});

const counts = { images: 5, copied: 1, present: 1, failed: 1, left: 0, findings: 0 };
const status: JobStatus = {
  job: 'fill-1',
  state: 'running',
  shards: [
    {
      index: 0,
      state: 'running',
      reason: undefined,
      tries: 2,
      pod: 'p',
      evidence: {
        counts,
        failures: [{ image: 'a:1', message: 'broken\u001b[2J' }],
        hasMore: false,
      },
    },
    { index: 1, state: 'running', reason: undefined, tries: 1, pod: 'q', evidence: undefined },
    { index: 2, state: 'done', reason: undefined, tries: 0, pod: undefined, evidence: undefined },
  ],
};

test('the text says what is known and what is not, and controls no terminal', () => {
  expect([...formatStatus(status)].join('')).toMatchInlineSnapshot(`
    "fill-1: running, 3 shards
    shard 0  running  5 images: 1 copied, 1 present, 1 failed, 2 to go (2 Pods)
    shard 1  running  asks the registries, so nothing is counted yet
    shard 2  done  everything is there; its Pod is gone, and with it the counts
      a:1 (shard 0): broken\\u001b[2J
    5 images: 1 copied, 1 present, 1 failed, 2 to go
    not counted, because nothing is known: shard 1, 2
    "
  `);
});

test('the JSON has the same', () => {
  expect(statusRecord(status)).toMatchObject({
    ...counts,
    missing: 3,
    unknown: [1, 2],
    failures: [{ shard: 0, image: 'a:1' }],
  });
});
