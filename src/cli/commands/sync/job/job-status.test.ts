import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

test('kubectl gets the context and the kubeconfig, also for logs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
  const asked = join(folder, 'asked');
  const job = { kind: 'Job', metadata: { name: 'fill', creationTimestamp: '' }, spec: {} };
  const labels = { 'batch.kubernetes.io/job-completion-index': '0' };
  const pod = { metadata: { name: 'fill-0', creationTimestamp: '', labels } };
  writeFileSync(
    join(folder, 'kubectl'),
    `#!/bin/sh
echo "$*" >> '${asked}'
case "$*" in
  *jobs*) echo '${JSON.stringify({ items: [job] })}' ;;
  *pods*) echo '${JSON.stringify({ items: [pod] })}' ;;
esac
`,
    { mode: 0o755 },
  );
  const where = ['--context', 'prod', '--kubeconfig', '-a file', '-n', 'filling'];
  const { code, stderr } = await runDetour(['sync', '--job-status', 'fill', ...where], {
    env: { PATH: folder },
  });
  const lines = readFileSync(asked, 'utf8').trim().split('\n');
  rmSync(folder, { recursive: true });
  expect([code, stderr]).toEqual([3, '']);
  expect(lines).toEqual([
    expect.stringContaining('get jobs,cronjobs'),
    expect.stringContaining('get pods'),
    expect.stringContaining('logs fill-0'),
  ]);
  for (const line of lines)
    expect(line).toMatch(/^--namespace=filling --context=prod --kubeconfig=-a file /);
});

test.each(['--context', '--kubeconfig'])('%s is for --job-status, with a value', async (option) => {
  const run = async (...args: readonly string[]) => (await runDetour(['sync', ...args])).stderr;
  expect(await run('--job-status', 'fill', option, '')).toContain(`${option} has no value`);
  expect(await run('--plan', option, 'x')).toContain(`${option} is for --job-status: add that`);
  expect(await run('--print-job', option, 'x')).toContain(`${option} is not for --print-job`);
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
