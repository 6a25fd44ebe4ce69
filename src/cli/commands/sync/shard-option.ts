import type { Shard } from '../../../mirror/shard.ts';
import { UsageError } from '../../terminal.ts';

/** The most shards of a run. */
const maxShards = 1_000;

/** Parses `--shard`; without it, a run is the only shard. */
export function readShard(text: string | undefined): Shard {
  if (text === undefined) return { index: 0, count: 1 };
  const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index < shard.count && shard.count <= maxShards) return shard;
  throw new UsageError(
    `--shard takes I/N, from 0/N up to N-1/N with at most ${maxShards} shards, not "${text}"`,
  );
}

/** Parses `--shards`. */
export function requireShards(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxShards) return count;
  throw new UsageError(`--shards takes a number from 1 to ${maxShards}, not "${text}"`);
}
