import { formatCount } from '../../../counted.ts';
import { escapeControl } from '../text.ts';
import type { RunCounts, RunEvidence } from './run-log.ts';
import type { ShardStatus } from './shard-status.ts';

/** KnownShard is a shard with what its log says. */
export interface KnownShard extends ShardStatus {
  readonly evidence: RunEvidence | undefined;
}

/** JobStatus is how far a Job is. */
export interface JobStatus {
  readonly job: string;
  readonly state: 'running' | 'suspended' | 'complete' | 'failed';
  readonly shards: readonly KnownShard[];
}

/** The most failures in a text for people. */
const maxFailures = 200;

/** Yields the status as lines for people. */
export function* formatStatus(status: JobStatus): Generator<string, void> {
  const { job, state, shards } = status;
  yield `${job}: ${state}, ${formatCount(shards.length, 'shard')}\n`;
  for (const shard of shards) yield escapeControl(shardLine(shard)).concat('\n');
  const failures = failuresOf(shards);
  for (const { shard, image, message } of failures.slice(0, maxFailures))
    yield escapeControl(`  ${image} (shard ${shard}): ${message}`).concat('\n');
  const { total, unknown } = totalOf(shards);
  const lacking = total.failed + total.left + total.findings - failures.length;
  const hidden = Math.max(0, failures.length - maxFailures) + Math.max(0, lacking);
  if (hidden > 0) yield `  and ${hidden} more: --json has those that logs still have\n`;
  yield `${formatCount(total.images, 'image')}: ${countsText(total, state === 'running')}\n`;
  if (unknown.length > 0)
    yield `not counted, because nothing is known: shard ${unknown.join(', ')}\n`;
}

/** Returns the status as JSON has it. */
export function statusRecord({ job, state, shards }: JobStatus): object {
  const { total, unknown } = totalOf(shards);
  return {
    job,
    state,
    ...total,
    missing: missingOf(total),
    unknown,
    shards: shards.map(({ index, state, reason, tries, pod, evidence }) => ({
      shard: index,
      state,
      reason,
      tries,
      pod,
      ...evidence?.counts,
      error: evidence?.error,
    })),
    failures: failuresOf(shards),
  };
}

function shardLine({ index, state, reason, tries, evidence }: KnownShard): string {
  const counts = evidence?.counts;
  const known =
    counts === undefined
      ? unknownText(state)
      : `${formatCount(counts.images, 'image')}: ${countsText(counts, state !== 'failed')}`;
  const before = state === 'waiting' && counts !== undefined ? ', before that' : '';
  const notes = [
    ...(evidence?.error === undefined ? [] : [evidence.error]),
    ...(reason === undefined ? [] : [reason]),
    ...(tries > 1 ? [`${tries} Pods`] : []),
  ];
  const details = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  return `shard ${index}  ${state}${before}  ${known}${details}`;
}

function unknownText(state: KnownShard['state']): string {
  if (state === 'running') return 'asks the registries, so nothing is counted yet';
  return state === 'done'
    ? 'everything is there; its Pod is gone, and with it the counts'
    : 'nothing is known';
}

function countsText(counts: RunCounts, goesOn: boolean): string {
  const { copied, present, failed, left, findings } = counts;
  const pending = missingOf(counts) - failed - left - findings;
  return [
    `${copied} copied`,
    `${present} present`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(left > 0 ? [`${left} left for another run`] : []),
    ...(findings > 0 ? [`${findings} listed without a place in the mirror`] : []),
    ...(pending > 0 ? [goesOn ? `${pending} to go` : `${pending} not reached`] : []),
  ].join(', ');
}

/** Counts the images that are not at the mirror. */
function missingOf({ images, copied, present, findings }: RunCounts): number {
  return images - copied - present + findings;
}

function failuresOf(shards: readonly KnownShard[]) {
  return shards.flatMap(({ index, evidence }) =>
    (evidence?.failures ?? []).map((failure) => ({ shard: index, ...failure })),
  );
}

function totalOf(shards: readonly KnownShard[]) {
  const total = { images: 0, copied: 0, present: 0, failed: 0, left: 0, findings: 0 };
  const unknown: number[] = [];
  for (const { index, evidence } of shards) {
    if (evidence?.counts === undefined) unknown.push(index);
    else
      for (const name of Object.keys(total) as (keyof RunCounts)[])
        total[name] += evidence.counts[name];
  }
  return { total, unknown };
}
