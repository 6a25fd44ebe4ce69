import { expect, test } from 'vitest';
import type { Job, Pod } from './kubernetes-objects.ts';
import { shardsOf } from './shard-status.ts';

function job(status: Job['status'] = {}, completions = 1): Job {
  const metadata = { name: 'fill', creationTimestamp: '2026-11-28T00:00:00Z' };
  return { kind: 'Job', metadata, spec: { completions }, status };
}

function pod(name: string, minute: number, status: Pod['status'], more: object = {}): Pod {
  return {
    metadata: {
      name,
      creationTimestamp: `2026-11-28T00:0${minute}:00Z`,
      annotations: { 'batch.kubernetes.io/job-completion-index': '0' },
      ...more,
    },
    ...(status && { status }),
  };
}

type State = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]['state'];
const withState = (phase: string, state: NonNullable<State>) => ({
  phase,
  containerStatuses: [{ state }],
});
const message = JSON.stringify({
  detour: '0.1.0',
  shard: '0/1',
  exitCode: 3,
  summary: { images: 3, copied: 1, present: 1, failed: 1, left: 0, findings: 0 },
  failures: [{ image: 'a:1', message: 'broken' }],
});
const failed = pod(
  'old',
  1,
  withState('Failed', { terminated: { exitCode: 3, reason: 'Error', message } }),
);
const running = pod('new', 2, { phase: 'Running', containerStatuses: [{ state: {} }] });

test.each<[string, Job, Pod[], object]>([
  ['no Pod yet', job(), [], { state: 'waiting', reason: 'it has no Pod', tries: 0 }],
  [
    'an image that cannot be pulled',
    job(),
    [pod('p', 1, withState('Pending', { waiting: { reason: 'ImagePullBackOff', message: 'x' } }))],
    { state: 'waiting', reason: 'ImagePullBackOff: x', evidence: undefined },
  ],
  [
    'no node has room',
    job(),
    [
      pod('p', 1, {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' },
        ],
      }),
    ],
    { state: 'waiting', reason: 'Unschedulable: 0/1 nodes' },
  ],
  ['a Pod that runs', job(), [running], { state: 'running', pod: 'new', tries: 1 }],
  [
    'a Pod that was told to stop',
    job(),
    [pod('p', 1, running.status, { deletionTimestamp: '2026-11-28T00:03:00Z' })],
    { state: 'stopping' },
  ],
  [
    'a second Pod that runs: what the first one left counts no longer',
    job(),
    [failed, running],
    { state: 'running', pod: 'new', tries: 2, evidence: undefined },
  ],
  [
    'a second Pod that waits: the first one is the evidence',
    job(),
    [pod('new', 2, { phase: 'Pending' }), failed],
    { state: 'waiting', pod: 'old', evidence: { counts: { failed: 1 } } },
  ],
  [
    'a Pod that was evicted, before there is another',
    job(),
    [pod('p', 1, { phase: 'Failed', reason: 'Evicted', message: 'low on memory' })],
    { state: 'waiting', reason: 'Evicted: low on memory', pod: 'p', evidence: undefined },
  ],
  [
    'a Pod without memory',
    job(),
    [pod('p', 1, withState('Failed', { terminated: { exitCode: 137, reason: 'OOMKilled' } }))],
    { state: 'waiting', reason: 'its Pod ended with exit code 137 (OOMKilled)' },
  ],
  [
    'a shard that is not tried again',
    job({ failedIndexes: '0' }),
    [failed],
    { state: 'failed', reason: 'its Pod ended with exit code 3' },
  ],
  [
    'a Job that ran too long: its Pods are gone',
    job({ conditions: [{ type: 'Failed', status: 'True', message: 'Job was active too long' }] }),
    [],
    { state: 'failed', reason: 'Job was active too long', pod: undefined },
  ],
  [
    'a shard that is done, and its Pod is gone',
    job({ completedIndexes: '0' }),
    [],
    { state: 'done', reason: undefined, pod: undefined, evidence: undefined },
  ],
])('%s', (_, one, pods, expected) => {
  expect(shardsOf(one, pods)).toMatchObject([expected]);
});

test('indexes are read from the lists of the Job', () => {
  const states = shardsOf(job({ completedIndexes: '0,2-3', failedIndexes: '5' }, 7), []);
  expect(states.map(({ state }) => state)).toEqual([
    'done',
    'waiting',
    'done',
    'done',
    'waiting',
    'failed',
    'waiting',
  ]);
});

test('a termination message of another program is not evidence', () => {
  for (const text of ['', 'panic', '{}', '[1]', message.slice(0, 50)]) {
    const ended = withState('Failed', { terminated: { exitCode: 1, message: text } });
    expect(shardsOf(job(), [pod('p', 1, ended)])).toMatchObject([{ evidence: undefined }]);
  }
});
