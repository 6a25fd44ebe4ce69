import { requestError } from '../error-answer.ts';
import { objectIn, pagesOf } from '../pages.ts';
import type { Repository } from '../repository.ts';
import { tagsCall } from '../tags.ts';
import type { Transport } from '../transport.ts';
import { namesIndex, type TagEntry, tagEntry } from './tag-entry.ts';

/**
 * Lists a repository of Google's registries, whose list of tags has a `manifest` as well: digests
 * with their tags.
 */
export async function* listGoogle(
  transport: Transport,
  repository: Repository,
): AsyncGenerator<readonly TagEntry[], void, undefined> {
  const call = tagsCall(repository);
  for await (const page of pagesOf(transport, call)) {
    const { manifest, tags } = objectIn(page);
    if (typeof manifest !== 'object' || manifest === null)
      throw requestError(call, 'the list has no digests');
    const entries = Object.entries(manifest as Record<string, unknown>).flatMap(([digest, about]) =>
      entriesOf(digest, about),
    );
    const known = new Set(entries.map(({ tag }) => tag));
    // A tag whose digest is left out is there all the same.
    const others = Array.isArray(tags) ? tags.filter((tag) => !known.has(tag)) : [];
    yield [...entries, ...others.flatMap((tag) => tagEntry({ tag, digest: undefined }))];
  }
}

function entriesOf(digest: string, about: unknown): TagEntry[] {
  const { tag, timeUploadedMs: updated, mediaType } = (about ?? {}) as Record<string, unknown>;
  if (!Array.isArray(tag)) return [];
  const isIndex = namesIndex(mediaType);
  return tag.flatMap((each) => tagEntry({ tag: each, digest, updated, isIndex }));
}
