import { append } from '../../../../rules/append.ts';
import { conditionOf, hasIndex, type Job, newestFirst, type Pod } from './kubernetes-objects.ts';
import { type RunEvidence, readTerminationMessage } from './run-log.ts';

/** ShardStatus is what is known of a shard, before its log is read. */
export interface ShardStatus {
  readonly index: number;
  readonly state:
    | 'waiting' // its Pod has not started, or its next one has not
    | 'running'
    | 'stopping' // its Pod was told to stop
    | 'done' // everything that it fills is at the mirror
    | 'failed'; // it is not tried again
  /** Why it waits, or how its last Pod ended. */
  readonly reason: string | undefined;
  /** How many Pods it had, as far as they are still there. */
  readonly tries: number;
  /** The Pod that has the newest evidence; undefined if no Pod is left. */
  readonly pod: string | undefined;
  /** What that Pod left in its termination message. */
  readonly evidence: RunEvidence | undefined;
}

const indexLabel = 'batch.kubernetes.io/job-completion-index';

/** Returns what the Job and its Pods say about each shard. Pure. */
export function shardsOf(job: Job, pods: readonly Pod[]): readonly ShardStatus[] {
  const byIndex = new Map<number, Pod[]>();
  for (const pod of pods) {
    const { labels, annotations } = pod.metadata;
    const index = Number(labels?.[indexLabel] ?? annotations?.[indexLabel]);
    append(byIndex, index, pod);
  }
  const count = job.spec.completions ?? 1;
  return Array.from({ length: count }, (_, index) =>
    shardOf(job, index, newestFirst(byIndex.get(index) ?? [])),
  );
}

/** `pods` are those of the shard, the newest first. */
function shardOf(job: Job, index: number, pods: readonly Pod[]): ShardStatus {
  const [newest] = pods;
  const state = stateOf(job, index, newest);
  // A Pod that has not started says nothing; the one before it may.
  const telling = pods.find((pod) => phaseOf(pod) !== 'Pending');
  const message = telling && endOf(telling)?.message;
  return {
    index,
    state,
    reason: state === 'done' ? undefined : reasonOf(job, newest),
    tries: pods.length,
    pod: telling?.metadata.name,
    evidence: message === undefined ? undefined : readTerminationMessage(message),
  };
}

function stateOf(job: Job, index: number, newest: Pod | undefined): ShardStatus['state'] {
  if (hasIndex(job.status?.completedIndexes, index)) return 'done';
  if (hasIndex(job.status?.failedIndexes, index)) return 'failed';
  if (newest !== undefined && endOf(newest)?.exitCode === 0) return 'done';
  const isRunning = phaseOf(newest) === 'Running' && newest && endOf(newest) === undefined;
  if (isRunning) return newest.metadata.deletionTimestamp === undefined ? 'running' : 'stopping';
  return conditionOf(job, 'Failed') === undefined ? 'waiting' : 'failed';
}

function phaseOf(pod: Pod | undefined): string | undefined {
  return pod?.status?.phase;
}

function endOf(pod: Pod) {
  return pod.status?.containerStatuses?.[0]?.state?.terminated;
}

function reasonOf(job: Job, pod: Pod | undefined): string | undefined {
  const failed = conditionOf(job, 'Failed');
  if (pod === undefined) return failed?.message ?? failed?.reason ?? 'it has no Pod';
  const { status } = pod;
  const end = endOf(pod);
  if (end !== undefined) return `its Pod ended with ${endName(end)}`;
  const waiting = status?.containerStatuses?.[0]?.state?.waiting;
  const unscheduled = status?.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  const from = waiting ?? unscheduled ?? status;
  const texts = [from?.reason, from?.message].filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : texts.join(': ');
}

function endName({ exitCode, reason }: { exitCode: number; reason?: string }): string {
  return reason === undefined || reason === 'Error' || reason === 'Completed'
    ? `exit code ${exitCode}`
    : `exit code ${exitCode} (${reason})`;
}
