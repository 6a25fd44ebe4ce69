import { forEachAtOnce } from '../../../../mirror/concurrency.ts';
import { requireName } from '../../../input/kubernetes-name.ts';
import { type Terminal, UsageError, write } from '../../../terminal.ts';
import { partCode } from '../summary.ts';
import { jobLabel } from './job-objects.ts';
import { type ClusterOptions, Kubectl } from './kubectl.ts';
import { conditionOf, type Job, newestFirst, type Pod } from './kubernetes-objects.ts';
import { formatStatus, type JobStatus, type KnownShard, statusRecord } from './print-status.ts';
import { RunLog } from './run-log.ts';
import { type ShardStatus, shardsOf } from './shard-status.ts';

/** The most lines that are read of a log: its end has the failures and the counts. */
const maxLines = 50_000;
const logsAtOnce = 4;

/** JobStatusOptions are the options of `detour sync --job-status`. */
export interface JobStatusOptions extends ClusterOptions {
  readonly jobStatus: string;
  readonly json?: boolean;
}

/**
 * Prints how far a Job is, or the newest Job of a CronJob. Returns 0 if everything listed is at the
 * mirror, 3 if a part of it is or the Job still runs, and 1 if nothing is.
 */
export async function printJobStatus(
  options: JobStatusOptions,
  terminal: Terminal,
): Promise<number> {
  const name = requireName('--job-status', options.jobStatus);
  const { namespace } = options;
  if (namespace !== undefined) requireName('--namespace', namespace);
  // kubectl would take the current ones, and so perhaps another cluster.
  for (const option of ['context', 'kubeconfig'] as const)
    if (options[option] === '') throw new UsageError(`--${option} has no value: give one`);
  const kubectl = new Kubectl(terminal.env, options);
  const job = await findJob(kubectl, name);
  const pods = await kubectl.list<Pod>(
    'pods',
    `--selector=batch.kubernetes.io/job-name=${job.metadata.name}`,
  );
  const shards: KnownShard[] = [];
  await forEachAtOnce(shardsOf(job, pods), logsAtOnce, async (shard) => {
    shards[shard.index] = await readShard(shard, kubectl);
  });
  const status: JobStatus = { job: job.metadata.name, state: stateOf(job), shards };
  const lines = options.json ? [`${JSON.stringify(statusRecord(status))}\n`] : formatStatus(status);
  for (const line of lines) await write(terminal.stdout, line);
  return exitCodeOf(status);
}

async function findJob(kubectl: Kubectl, name: string): Promise<Job> {
  const all = await kubectl.list<Job>('jobs,cronjobs', `--selector=${jobLabel}`);
  const jobs = all.filter(({ kind }) => kind === 'Job');
  const exact = jobs.find(({ metadata }) => metadata.name === name);
  if (exact !== undefined) return exact;
  const [newest] = newestFirst(jobs.filter(({ metadata }) => metadata.labels?.[jobLabel] === name));
  if (newest !== undefined) return newest;
  if (all.some(({ metadata }) => metadata.name === name))
    throw new UsageError(
      `the CronJob ${name} has no Job yet: kubectl create job ${name}-now --from=cronjob/${name} runs it now`,
    );
  const names = all.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  const found = names.length === 0 ? 'no Job of detour sync at all' : names.join(', ');
  throw new UsageError(`there is no Job ${name} in this namespace, which has ${found}`);
}

/** Reads the log of a shard's Pod if it says more than its termination message. */
async function readShard(shard: ShardStatus, kubectl: Kubectl): Promise<KnownShard> {
  const { pod, evidence } = shard;
  if (pod === undefined || (evidence !== undefined && !evidence.hasMore))
    return { ...shard, evidence };
  const log = new RunLog();
  for await (const line of kubectl.log(pod, maxLines)) log.note(line);
  const found = log.evidence;
  // A Pod that has ended may be deleted between two questions.
  const counts = evidence?.counts ?? found.counts;
  const isFuller = evidence === undefined || found.failures.length >= evidence.failures.length;
  return { ...shard, evidence: isFuller ? { ...found, counts } : evidence };
}

function stateOf(job: Job): JobStatus['state'] {
  if (conditionOf(job, 'Complete') !== undefined) return 'complete';
  if (conditionOf(job, 'Failed') !== undefined) return 'failed';
  return conditionOf(job, 'Suspended') === undefined ? 'running' : 'suspended';
}

function exitCodeOf({ state, shards }: JobStatus): number {
  if (state === 'complete') return 0;
  const isThere = shards.some(({ state, evidence }) => {
    const { copied = 0, present = 0 } = evidence?.counts ?? {};
    return state === 'done' || copied + present > 0;
  });
  return isThere || state !== 'failed' ? partCode : 1;
}
