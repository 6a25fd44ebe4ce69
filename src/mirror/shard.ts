import { createHash } from 'node:crypto';
import type { Repository } from '../registry/repository.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { Remark } from './by-entry.ts';
import type { Listed } from './listed.ts';
import { formatRepository, type Located, locate } from './located.ts';
import { decisionsOf } from './namespaces.ts';
import { spellingsOf } from './spellings.ts';

/** Shard is one of `count` runs that fill a mirror together; the first has the index 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * Returns the index of the shard that fills a repository of the mirror. It depends on nothing else,
 * so that shards need no agreement, and one that is started again has the same part.
 */
export function shardOf(repository: Repository, count: number): number {
  const hash = createHash('sha256').update(formatRepository(repository)).digest();
  return hash.readUInt32BE() % count;
}

/** ShardPart is what one shard needs of a list. */
export class ShardPart {
  /** The entries that may have a destination in this shard. */
  readonly listed: readonly Listed[];
  readonly #shard: Shard;
  /** The first shard of each entry, by its place. */
  readonly #first = new Map<string, number>();

  constructor(listed: readonly Listed[], ruleSet: RuleSet, shard: Shard) {
    this.#shard = shard;
    const { index, count } = shard;
    if (count === 1) {
      this.listed = listed;
      return;
    }
    const tags = tagsOfRules(ruleSet);
    this.listed = listed.filter((one) => {
      const shards = shardsOf(one, { ruleSet, tags, count });
      // An entry without a destination is reported by the first shard.
      if (shards.size === 0) shards.add(0);
      this.#first.set(one.place, Math.min(...shards));
      return shards.has(index);
    });
  }

  /** Reports whether this shard fills the destination. */
  fills({ repository }: Located): boolean {
    return shardOf(repository, this.#shard.count) === this.#shard.index;
  }

  /** Reports whether this shard is the one that reports a finding. */
  reports({ place }: Pick<Remark<string>, 'place'>): boolean {
    return (this.#first.get(place) ?? 0) === this.#shard.index;
  }
}

interface Dividing {
  readonly ruleSet: RuleSet;
  /** The tags of a repository that have to be asked about, as `:tag`. */
  readonly tags: readonly string[];
  readonly count: number;
}

/** Returns the shards that an entry may need; a tag of a repository may have a rule of its own. */
function shardsOf({ image, isRepository }: Listed, { ruleSet, tags, count }: Dividing) {
  const images = isRepository ? tags.map((tag) => image + tag) : [image];
  const shards = new Set<number>();
  for (const spelling of images.flatMap(spellingsOf))
    for (const decision of decisionsOf(spelling, ruleSet)) {
      const destination = decision.action === 'rewrite' ? locate(decision.image) : undefined;
      if (destination !== undefined) shards.add(shardOf(destination.repository, count));
    }
  return shards;
}

/** Returns a tag that stands for all others, and the tags that rules name. */
function tagsOfRules({ rules }: RuleSet): readonly string[] {
  const suffixes = rules.map(({ origin }) => origin.suffix).filter((one) => one.startsWith(':'));
  let other = ':x';
  while (suffixes.includes(other)) other += 'x';
  return [...new Set([other, ...suffixes])];
}
