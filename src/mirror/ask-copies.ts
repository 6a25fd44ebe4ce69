import { isIndexType } from '../registry/media-type.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import type { Answer, Answers, There } from './answers.ts';
import { type Asking, questionsAtOnce } from './ask-tags.ts';
import { forEachAtOnce } from './concurrency.ts';
import { UnreadableImage } from './image-content.ts';
import type { Located } from './located.ts';
import { NoPlatform, type Platforms, selectPlatforms } from './platforms.ts';
import type { Wanted } from './wanted.ts';

/** AskCopiesOptions say which platforms are copied. */
interface AskCopiesOptions {
  readonly platforms: Platforms;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks which digest an index has after unwanted platforms are removed. If the mirror has an index
 * with another digest than its origin, it may be such a copy.
 */
export async function askCopies(
  client: Asking,
  wanted: readonly Wanted[],
  answers: Answers,
  { platforms, signal }: AskCopiesOptions,
): Promise<void> {
  if (platforms === 'all') return;
  const origins = wanted.flatMap((one) => originsOf(one, answers));
  await forEachAtOnce(origins, questionsAtOnce, async (origin) => {
    const found = answers.of('origin', origin);
    if (found?.state !== 'there' || found.copyDigest !== undefined || signal?.aborted) return;
    answers.set('origin', origin, await askCopy(client, origin.repository, found, platforms));
  });
}

/** Returns the origins of an image, if the mirror may have a copy with fewer platforms. */
function originsOf({ destination, sources, isWhole }: Wanted, answers: Answers): Located[] {
  const mirror = answers.of('mirror', destination);
  if (isWhole || mirror?.state !== 'there') return [];
  return sources.flatMap(({ origins }) =>
    origins.filter((origin) => {
      const found = answers.of('origin', origin);
      return found?.state === 'there' && found.isIndex !== false && found.digest !== mirror.digest;
    }),
  );
}

async function askCopy(
  client: Asking,
  repository: Repository,
  found: There,
  platforms: Platforms,
): Promise<Answer> {
  try {
    const manifest = await client.getManifest(repository, found.digest);
    // It may have been deleted meanwhile.
    if (manifest === undefined) return found;
    if (!isIndexType(manifest.mediaType)) return { ...found, isIndex: false };
    return { ...found, copyDigest: selectPlatforms(manifest, platforms).index.digest };
  } catch (error) {
    const isKnown = [RegistryError, UnreadableImage, NoPlatform].some(
      (kind) => error instanceof kind,
    );
    if (isKnown) return { state: 'failed', error: error as Error };
    throw error;
  }
}
