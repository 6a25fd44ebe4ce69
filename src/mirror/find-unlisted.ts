import type { RegistryClient } from '../registry/client.ts';
import { isUnknownRepository } from '../registry/listing/listing.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import { mirrorDepth } from '../rules/destination-index.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { forEachAtOnce } from './concurrency.ts';
import type { ListedNames } from './listed-names.ts';
import { formatRepository } from './located.ts';

const repositoriesAtOnce = 8;

/** UnlistedTags are the tags of a repository of the mirror that no list names, sorted. */
interface UnlistedTags {
  readonly repository: string;
  readonly tags: readonly string[];
}

/** Unlisted is what the mirror holds that no list names. */
export interface Unlisted {
  /** The repositories that have such tags, sorted. */
  readonly repositories: readonly UnlistedTags[];
  /** How many repositories were looked at. */
  readonly seen: number;
  /** Tags of signatures, attestations and SBOMs of images whose digest is not known here. */
  readonly referrers: number;
  /** Says what was not looked at, and why. */
  readonly unseen: readonly string[];
}

/** UnlistedSearch says where to look. */
export interface UnlistedSearch {
  readonly client: Pick<RegistryClient, 'repositories' | 'tags'>;
  readonly ruleSet: RuleSet;
  readonly names: ListedNames;
  /** Repositories of which the lists name tags, but it is not known which. */
  readonly unknown: readonly Repository[];
  /** Says which lists do not count, though the rules file names them. */
  readonly unread?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Finds the tags that no list names, in all repositories of the mirror below a destination of the
 * rules. If a registry does not list its repositories, only those that the lists name are searched.
 *
 * @throws the reason of the signal, as soon as it is aborted
 */
export async function findUnlisted(search: UnlistedSearch): Promise<Unlisted> {
  const { names, unknown, unread, signal } = search;
  const found = new Found();
  if (unread !== undefined) found.unseen.push(unread);
  const isUnknown = new Set(unknown.map(formatRepository));
  const repositories = new Map<string, Repository>();
  const add = (repository: Repository) =>
    repositories.set(formatRepository(repository), repository);
  for (const repository of names.repositories()) add(repository);
  for (const registry of search.ruleSet.destinations.keys())
    await addCatalog(registry, search, found, add);
  for (const key of isUnknown) {
    repositories.delete(key);
    found.unseen.push(`${key}: not looked at, because the tags of its origin are not known`);
  }
  await forEachAtOnce(repositories.values(), repositoriesAtOnce, async (repository) => {
    signal.throwIfAborted();
    await lookAt(repository, search, found);
  });
  signal.throwIfAborted();
  return found.all();
}

/** Found collects what is found. */
class Found {
  readonly unseen: string[] = [];
  readonly #repositories: UnlistedTags[] = [];
  readonly #failures = new Map<string, { count: number; readonly message: string }>();
  #seen = 0;
  #referrers = 0;

  add(repository: Repository, tags: ReadonlySet<string>, referrers: number): void {
    this.#seen++;
    this.#referrers += referrers;
    if (tags.size === 0) return;
    this.#repositories.push({ repository: formatRepository(repository), tags: [...tags].sort() });
  }

  /** Records a repository that could not be listed. A registry gets one line for all of them. */
  fail({ registry }: Repository, { message }: RegistryError): void {
    const failure = this.#failures.get(registry) ?? { count: 0, message };
    failure.count++;
    this.#failures.set(registry, failure);
  }

  all(): Unlisted {
    const failures = Array.from(this.#failures, ([registry, { count, message }]) => {
      const repositories = count === 1 ? '1 repository' : `${count} repositories`;
      return `${registry}: ${repositories} could not be listed: ${message}`;
    });
    return {
      repositories: this.#repositories.sort((a, b) => (a.repository < b.repository ? -1 : 1)),
      seen: this.#seen,
      referrers: this.#referrers,
      unseen: [...this.unseen, ...failures],
    };
  }
}

/** Adds the repositories of a registry that are below a destination: only they are of the mirror. */
async function addCatalog(
  registry: string,
  { client, ruleSet, signal }: UnlistedSearch,
  found: Found,
  add: (repository: Repository) => void,
): Promise<void> {
  try {
    for await (const name of client.repositories(registry)) {
      signal.throwIfAborted();
      const place = { host: registry, repository: name, suffix: '' };
      if (mirrorDepth(ruleSet.destinations, place) !== -1) add({ registry, name });
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RegistryError)) throw error;
    found.unseen.push(
      `${registry}: only the repositories that the lists name were looked at: ${error.message}`,
    );
  }
}

async function lookAt(
  repository: Repository,
  { client, names, signal }: UnlistedSearch,
  found: Found,
): Promise<void> {
  const kindOf = names.kindsIn(repository);
  const tags = new Set<string>();
  let referrers = 0;
  try {
    for await (const tag of client.tags(repository)) {
      signal.throwIfAborted();
      const kind = kindOf(tag);
      if (kind === 'unlisted') tags.add(tag);
      else if (kind === 'referrers') referrers++;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RegistryError)) throw error;
    // Nothing was copied to a repository that is not there yet.
    if (!isUnknownRepository(error)) found.fail(repository, error);
    return;
  }
  found.add(repository, tags, referrers);
}
