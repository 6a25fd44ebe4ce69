import type { RegistryClient } from '../registry/client.ts';
import { isUnknownRepository, namesItsVendor } from '../registry/listing/listing.ts';
import type { TagEntry } from '../registry/listing/tag-entry.ts';
import { isIndexType } from '../registry/media-type.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import type { Answer, Side } from './answers.ts';
import { forEachAtOnce } from './concurrency.ts';

/** How many questions are asked at once; they spend most of their time on the network. */
export const questionsAtOnce = 32;
/** A page of a plain list has at least so many tags, unless it is the last one. */
const tagsOnPage = 100;

/** Asking is the part of a RegistryClient that a survey needs. */
export type Asking = Pick<RegistryClient, 'headManifest' | 'getManifest' | 'tags' | 'digests'>;

/** Questions are the references of one repository that nothing is known about yet. */
export interface Questions {
  readonly client: Asking;
  readonly side: Side;
  readonly repository: Repository;
  /** Tags and digests; each is removed when it is answered. */
  readonly unknown: Set<string>;
  /** Receives each answer. */
  readonly record: (reference: string, answer: Answer) => void;
  readonly signal?: AbortSignal | undefined;
}

/** ListedPart says how much of a repository a list showed. */
interface ListedPart {
  /** True if it named every tag. */
  readonly isWhole: boolean;
  /** True if the repository has no tag. */
  readonly isEmpty: boolean;
}

const none: ReadonlySet<string> = new Set();
const nothingListed: ListedPart = { isWhole: false, isEmpty: false };

/**
 * Answers from the list of tags with digests, if the registry has one. It stops as soon as pages
 * with fewer than two wanted tags outnumber the tags that are left, because asking for each of those
 * costs less. So it takes at most one request more than twice the requests of the better way.
 */
export async function askListing(
  questions: Questions,
  standing: ReadonlySet<string> = none,
): Promise<ListedPart> {
  const { client, repository, unknown } = questions;
  if (unknown.size < 2) return nothingListed;
  const absent = new Set(unknown);
  try {
    const listing = await client.digests(repository);
    const listed = listing && (await readPages(listing.pages, questions, absent));
    if (!listing?.isComplete || !listed?.isWhole) return nothingListed;
    answerAbsent(questions, absent, listed.isEmpty ? none : standing);
    return listed;
  } catch (error) {
    if (error instanceof RegistryError) return nothingListed;
    throw error;
  }
}

/** Reads answers from pages as long as that is cheaper, and removes listed tags from `absent`. */
async function readPages(
  pages: AsyncIterable<readonly TagEntry[]>,
  questions: Questions,
  absent: Set<string>,
): Promise<ListedPart> {
  const { unknown, signal } = questions;
  let wasted = 0;
  let isEmpty = true;
  for await (const page of pages) {
    const before = unknown.size;
    isEmpty &&= page.length === 0;
    for (const entry of page) {
      absent.delete(entry.tag);
      const found = unknown.has(entry.tag) ? answerOf(entry) : undefined;
      if (found !== undefined) answer(questions, entry.tag, found);
    }
    if (before - unknown.size < 2) wasted++;
    // If this is the last page, the loop ends without another request.
    const isEnough = unknown.size === 0 || unknown.size < wasted;
    if (isEnough || signal?.aborted) return nothingListed;
  }
  return { isWhole: true, isEmpty };
}

/**
 * Answers from the plain list of tags: of a tag in `standing`, only its presence matters. It stops
 * after `mostTags`.
 */
export async function askTagList(
  questions: Questions,
  standing: ReadonlySet<string>,
  mostTags = standing.size * tagsOnPage,
): Promise<ListedPart> {
  const { client, repository, unknown, signal } = questions;
  const absent = new Set(unknown);
  let isUnknown = false;
  let count = 0;
  try {
    for await (const tag of client.tags(repository)) {
      count++;
      absent.delete(tag);
      if (standing.has(tag) && unknown.has(tag)) answer(questions, tag, { state: 'stands' });
      if (count >= mostTags || signal?.aborted) return nothingListed;
    }
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    isUnknown = isUnknownRepository(error);
    if (!isUnknown) return nothingListed;
  }
  answerAbsent(questions, absent, isUnknown ? none : standing);
  return { isWhole: true, isEmpty: count === 0 };
}

/** Answers each question by a request. */
export async function askEach(questions: Questions): Promise<void> {
  const { unknown, signal } = questions;
  await forEachAtOnce([...unknown], questionsAtOnce, async (reference) => {
    if (!signal?.aborted) await askOne(questions, reference);
  });
}

/**
 * Asks for one tag before all others, if the name of the registry does not say which software it
 * runs: the first answer shows whether it has lists of digests.
 */
export async function askFirst(
  questions: Questions,
  known: Map<string, Promise<void>>,
): Promise<void> {
  const { repository, unknown } = questions;
  const [first] = unknown;
  if (unknown.size < 2 || first === undefined || namesItsVendor(repository.registry)) return;
  const asking = known.get(repository.registry) ?? askOne(questions, first);
  known.set(repository.registry, asking);
  await asking;
}

async function askOne(questions: Questions, reference: string): Promise<void> {
  const { client, repository } = questions;
  try {
    const found = await client.headManifest(repository, reference);
    const about = found && { digest: found.digest, isIndex: isIndexType(found.mediaType) };
    answer(questions, reference, about ? { state: 'there', ...about } : { state: 'missing' });
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    answer(questions, reference, { state: 'failed', error });
  }
}

/** Returns the answer that an entry of a list is; undefined if it has no digest. */
export function answerOf({ digest, isIndex, updated, manifests }: TagEntry): Answer | undefined {
  if (digest === undefined) return undefined;
  return { state: 'there', digest, isIndex, updated: updated?.getTime(), manifests };
}

/**
 * Answers that tags are missing, on the side of the mirror only: an origin may have images that its
 * lists leave out. Digests are left open, because a digest may be there without a tag. A tag that
 * must not move is also left open: with a list that was cut short it would be overwritten.
 */
function answerAbsent(
  questions: Questions,
  absent: ReadonlySet<string>,
  standing: ReadonlySet<string>,
): void {
  if (questions.side === 'origin') return;
  for (const reference of absent) {
    const isOpen = questions.unknown.has(reference) && !standing.has(reference);
    if (isOpen && !reference.includes(':')) answer(questions, reference, { state: 'missing' });
  }
}

function answer({ unknown, record }: Questions, reference: string, found: Answer): void {
  unknown.delete(reference);
  record(reference, found);
}
