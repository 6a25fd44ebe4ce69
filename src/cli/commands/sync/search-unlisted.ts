import { findUnlisted, type Unlisted } from '../../../mirror/find-unlisted.ts';
import { ListedNames } from '../../../mirror/listed-names.ts';
import type { Outcome } from '../../../mirror/outcome.ts';
import type { Plan } from '../../../mirror/plan.ts';
import { unknownRepositories } from '../../../mirror/unknown-repositories.ts';
import type { RegistryClient } from '../../../registry/client.ts';
import type { RuleSet } from '../../../rules/rule-set.ts';

/** Searching is what a search for unlisted tags needs. */
export interface Searching {
  readonly client: Pick<RegistryClient, 'repositories' | 'tags'>;
  readonly ruleSet: RuleSet;
  /** The files of `--list`, which stand in for what the rules file lists. */
  readonly lists: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/**
 * Finds what the mirror holds that no list names, by a plan and by what a run made of it; undefined
 * if that is not asked for.
 *
 * @throws the reason of the signal, as soon as it is aborted
 */
export async function searchUnlisted(
  { images, findings }: Plan,
  outcomes: readonly Outcome[],
  searching: Searching | undefined,
): Promise<Unlisted | undefined> {
  if (searching === undefined) return undefined;
  const names = new ListedNames();
  for (const { destination, sourceDigest, mirrorDigest, copyDigest } of images)
    names.add(destination, sourceDigest, mirrorDigest, copyDigest);
  for (const { planned, digest, originDigest } of outcomes)
    names.add(planned.destination, digest, originDigest);
  const { ruleSet, lists } = searching;
  const unknown = unknownRepositories(findings, ruleSet);
  const unread = lists && whatIsUnread(ruleSet);
  return await findUnlisted({ ...searching, names, unknown, unread });
}

/** Says what the rules file lists and `--list` replaces; undefined if that is nothing. */
function whatIsUnread({ file: { sync = {} } }: RuleSet): string | undefined {
  const keys = (['images', 'lists'] as const).filter((key) => (sync[key] ?? []).length > 0);
  if (keys.length === 0) return undefined;
  const names = keys.map((key) => `sync.${key}`).join(' and ');
  return `${names}: not read, because --list is used instead; tags that only they name are reported too`;
}

/** Finds it after a run, whose summary and reports are due also if somebody stops the search. */
export async function searchAfterRun(
  plan: Plan,
  outcomes: readonly Outcome[],
  searching: Searching | undefined,
): Promise<Unlisted | undefined> {
  try {
    searching?.signal.throwIfAborted();
    return await searchUnlisted(plan, outcomes, searching);
  } catch (error) {
    if (!searching?.signal.aborted) throw error;
    const unseen = ['the run was stopped before it had looked at the whole mirror'];
    return { repositories: [], seen: 0, referrers: 0, unseen };
  }
}
