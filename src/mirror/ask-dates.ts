import { RegistryError } from '../registry/registry-error.ts';
import { append } from '../rules/append.ts';
import type { Answers } from './answers.ts';
import { type Asking, questionsAtOnce } from './ask-tags.ts';
import { forEachAtOnce } from './concurrency.ts';
import { formatRepository, type Located } from './located.ts';
import { overwriteWithin } from './standing.ts';
import type { Wanted } from './wanted.ts';

/**
 * Asks when tags changed, if that decides whether they are copied. It reads the lists of tags,
 * because the answer about a single tag has no date.
 */
export async function askDates(
  client: Pick<Asking, 'digests'>,
  wanted: readonly Wanted[],
  answers: Answers,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const undated = new Map<string, Located[]>();
  for (const one of wanted) {
    const origin = undatedOrigin(one, answers);
    if (origin !== undefined) append(undated, formatRepository(origin.repository), origin);
  }
  await forEachAtOnce(undated.values(), questionsAtOnce, async (origins) => {
    if (!signal?.aborted) await askDatesOf(client, origins, answers);
  });
}

/** Returns the origin of an image that has changed, if the time of the change is not known. */
function undatedOrigin(wanted: Wanted, answers: Answers): Located | undefined {
  const mirror = answers.of('mirror', wanted.destination);
  if (overwriteWithin(wanted) === undefined || mirror?.state !== 'there') return undefined;
  return wanted.sources[0]?.origins.find((origin) => {
    const found = answers.of('origin', origin);
    return (
      found?.state === 'there' &&
      found.updated === undefined &&
      ![found.digest, found.copyDigest].includes(mirror.digest)
    );
  });
}

async function askDatesOf(
  client: Pick<Asking, 'digests'>,
  origins: readonly Located[],
  answers: Answers,
): Promise<void> {
  const [first] = origins;
  if (first === undefined) return;
  const undated = new Map(origins.map((origin) => [origin.tag, origin]));
  const onFailure = (undatedBy: RegistryError) => {
    for (const origin of undated.values()) {
      const found = answers.of('origin', origin);
      if (found?.state === 'there') answers.set('origin', origin, { ...found, undated: undatedBy });
    }
  };
  try {
    const listing = await client.digests(first.repository, onFailure);
    for await (const page of listing?.pages ?? []) {
      for (const { tag, updated } of page) {
        const origin = undated.get(tag);
        const found = origin && answers.of('origin', origin);
        if (origin === undefined || found?.state !== 'there') continue;
        answers.set('origin', origin, { ...found, updated: updated?.getTime() });
        undated.delete(tag);
      }
      if (undated.size === 0) return;
    }
  } catch (error) {
    // Without a date the plan says that it is unknown, and why.
    if (!(error instanceof RegistryError)) throw error;
    onFailure(error);
  }
}
