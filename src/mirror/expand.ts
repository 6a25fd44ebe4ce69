import type { RegistryClient } from '../registry/client.ts';
import type { TagEntry } from '../registry/listing/tag-entry.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { originsOf } from './alternatives.ts';
import type { Answer, Answers } from './answers.ts';
import { answerOf } from './ask-tags.ts';
import type { FilterStep } from './choice.ts';
import { forEachAtOnce } from './concurrency.ts';
import { type Finding, repositoryFinding } from './finding.ts';
import { type Listed, listedAt } from './listed.ts';
import { type Located, locate } from './located.ts';
import { decisionsOf } from './namespaces.ts';
import { chooseTags } from './tags/choose-tags.ts';

/** ExpandedRepository is a listed repository, and how its tags were chosen. */
export interface ExpandedRepository {
  /** As written. */
  readonly image: string;
  readonly place: string;
  /** How many tags it has. */
  readonly tags: number;
  /** How many of them are copied. */
  readonly chosen: number;
  readonly steps: readonly FilterStep[];
}

/** Expanded is a list in which repositories are replaced by their tags. */
export interface Expanded {
  readonly listed: readonly Listed[];
  /** In the order in which they are listed. */
  readonly repositories: readonly ExpandedRepository[];
  readonly findings: readonly Finding[];
}

const repositoriesAtOnce = 8;

/** Expanding is what the repositories of a list share. */
export interface Expanding {
  readonly client: Pick<RegistryClient, 'tags' | 'digests'>;
  readonly ruleSet: RuleSet;
  /** Receives what the registries say about the tags that are chosen. */
  readonly answers: Answers;
  /** The ages of tags are counted from this time. */
  readonly now: Date;
}

/**
 * Replaces each listed repository by an image for each of its tags that is chosen, as its origin
 * lists them. What the origin says about those tags is kept, so that it is not asked for again.
 */
export async function expandRepositories(
  listed: readonly Listed[],
  expanding: Expanding,
): Promise<Expanded> {
  const images: (readonly Listed[])[] = listed.map((one) => (one.isRepository ? [] : [one]));
  const repositories: ExpandedRepository[][] = listed.map(() => []);
  const findings: Finding[] = [];
  await forEachAtOnce(listed.entries(), repositoriesAtOnce, async ([index, one]) => {
    if (!one.isRepository) return;
    const { image, place, choice } = one;
    const found = await listTags(placesOf(image, expanding.ruleSet), expanding);
    if (found instanceof RegistryError) {
      findings.push(repositoryFinding(one, 'no-tags', found.message));
      return;
    }
    // Filters must not hide a repository that has no place in the mirror.
    const filter = found.repository === undefined ? {} : (choice?.tags ?? {});
    const { tags, steps, lacksDates } = await chooseTags(found.entries, filter, expanding.now);
    if (lacksDates) findings.push(undated(one, found.undated));
    addAnswers(found, tags, expanding.answers);
    images[index] = tags.map((tag) => listedAt(place, `${image}:${tag}`, false, choice));
    // A tag may be listed twice.
    const all = steps[0]?.before ?? tags.length;
    repositories[index] = [{ image, place, tags: all, chosen: tags.length, steps }];
  });
  return { listed: images.flat(), repositories: repositories.flat(), findings };
}

/** Reports a repository whose tags have no dates: `error` if the list that has them failed. */
function undated(one: Listed, error: RegistryError | undefined): Finding {
  const advice = 'so none is chosen: choose them without newerThan, and latest by semver';
  if (error === undefined) {
    const message = `its registry does not say when tags changed, ${advice}`;
    return repositoryFinding(one, 'no-dates', message);
  }
  // The next run may get the list.
  const code = error.isRetryable ? 'no-tags' : 'no-dates';
  const message = `the list that says when tags changed could not be read, ${advice}, or run this again: ${error.message}`;
  return repositoryFinding(one, code, message);
}

/** Lists where a repository can be read: the names in the `from` list of the rule that matches. */
function placesOf(image: string, ruleSet: RuleSet): readonly Located[] {
  const located = locate(image);
  if (located === undefined) return [];
  const [decision] = decisionsOf(image, ruleSet);
  const rule = decision?.earlier?.[0]?.rule ?? decision?.rule;
  return rule === undefined ? [] : originsOf(located, rule, ruleSet).places;
}

/** ListedTags holds what the first place that lists a repository says about it. */
interface ListedTags {
  readonly entries: readonly TagEntry[];
  /** Undefined if no rule matches the repository. */
  readonly repository?: Repository;
  /** Why the list that has dates could not be read, if there is one. */
  readonly undated?: RegistryError | undefined;
  /** The places before it, which did not list their tags. */
  readonly failed: readonly { readonly repository: Repository; readonly error: RegistryError }[];
}

/** A repository that no rule matches has no place in the mirror, so its tags do not matter. */
async function listTags(
  places: readonly Located[],
  { client }: Expanding,
): Promise<ListedTags | RegistryError> {
  const failed: { repository: Repository; error: RegistryError }[] = [];
  for (const { repository } of places) {
    try {
      return { ...(await entriesOf(client, repository)), repository, failed };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      failed.push({ repository, error });
    }
  }
  return failed[0]?.error ?? { entries: [{ tag: 'latest' }], failed };
}

/** Returns the tags of a repository, with what the registry says about each. */
async function entriesOf(
  client: Expanding['client'],
  repository: Repository,
): Promise<Pick<ListedTags, 'entries' | 'undated'>> {
  let undated: RegistryError | undefined;
  const onFailure = (error: RegistryError) => {
    undated = error;
  };
  const listing = await client.digests(repository, onFailure);
  const listed = listing && (await readPages(listing.pages, onFailure));
  // A complete list that is empty may be that of a repository that does not exist.
  if (listed !== undefined && listed.length > 0) return { entries: listed };
  const entries: TagEntry[] = [];
  for await (const tag of client.tags(repository)) entries.push({ tag });
  return { entries, undated };
}

/** Returns what all pages of a list have; undefined if one of them fails. */
async function readPages(
  pages: AsyncIterable<readonly TagEntry[]>,
  onFailure: (error: RegistryError) => void,
): Promise<readonly TagEntry[] | undefined> {
  const entries: TagEntry[] = [];
  try {
    for await (const page of pages) for (const entry of page) entries.push(entry);
    return entries;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    onFailure(error);
    return undefined;
  }
}

function addAnswers(
  { entries, repository, failed }: ListedTags,
  tags: readonly string[],
  answers: Answers,
): void {
  if (repository === undefined) return;
  const chosen = new Set(tags);
  const record = answers.recorder('origin', { repository });
  for (const entry of entries) {
    const answer = chosen.has(entry.tag) ? answerOf(entry) : undefined;
    if (answer !== undefined) record(entry.tag, answer);
  }
  for (const { repository: lacking, error } of failed) {
    const answer: Answer = error.status === 404 ? { state: 'missing' } : { state: 'failed', error };
    const recordFailure = answers.recorder('origin', { repository: lacking });
    for (const tag of tags) recordFailure(tag, answer);
  }
}
