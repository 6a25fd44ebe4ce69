import type { KubernetesApi, Metadata } from './api.ts';
import { AnswerTooLargeError } from './exchange.ts';

/**
 * Selection is the objects of one collection that have certain labels, or a field such as
 * `metadata.name`.
 */
export interface Selection {
  /** The path of the collection, such as `/api/v1/configmaps`. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Whether the API server leaves out everything but the metadata. */
  readonly metadataOnly?: boolean;
}

/** Listed is what every object of a list has. */
export interface Listed {
  readonly metadata: Metadata;
}

interface Page<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  /** Null in an empty list of metadata. */
  readonly items?: readonly T[] | null;
}

const pageSize = 500;
/** The longest page that is read, in bytes. No object is as large: etcd accepts 1.5 MiB. */
const maxPage = 8 * 1024 * 1024;

/**
 * Passes every object of a selection to `found`, and returns the version of the list, from which a
 * watch can continue. A page that is too long is requested again with fewer objects: large objects
 * of one namespace must not keep those of others from being read.
 *
 * @throws ApiError, AnswerTooLargeError if a single object is too large, or Error if the API cannot
 *   be reached
 */
export async function listObjects<T extends Listed>(
  api: Pick<KubernetesApi, 'get'>,
  selection: Selection,
  found: (object: T) => void,
): Promise<string> {
  const accept = acceptOf(selection, 'PartialObjectMetadataList');
  let limit = pageSize;
  let next = '';
  for (;;) {
    const path = pathOf(selection, { limit: `${limit}`, ...(next && { continue: next }) });
    const page = await api.get<Page<T>>(path, { accept, limit: maxPage }).catch((error) => {
      if (!(error instanceof AnswerTooLargeError) || limit === 1) throw error;
    });
    if (page === undefined) {
      limit = Math.ceil(limit / 4);
      continue;
    }
    const { items, metadata } = page.object;
    for (const item of items ?? []) found(item);
    // The page grows again: large objects of one namespace must not cause many requests for all
    // that come after them.
    limit = Math.min(limit * 2, pageSize);
    next = metadata.continue ?? '';
    if (next === '') return metadata.resourceVersion;
  }
}

/** Returns the first object of a selection by name; undefined if there is none. */
export async function firstObject<T extends Listed>(
  api: Pick<KubernetesApi, 'get'>,
  selection: Selection,
): Promise<T | undefined> {
  const accept = acceptOf(selection, 'PartialObjectMetadataList');
  const path = pathOf(selection, { limit: '1' });
  return (await api.get<Page<T>>(path, { accept, limit: maxPage })).object.items?.[0];
}

/** Returns the media type to request: whole objects, or their metadata as `kind`. */
export function acceptOf({ metadataOnly }: Selection, kind: string): string {
  return metadataOnly ? `application/json;as=${kind};g=meta.k8s.io;v=v1` : 'application/json';
}

/** Returns the path of a selection with its selectors and these parameters as query. */
export function pathOf(
  { path, labelSelector, fieldSelector }: Selection,
  parameters: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams({
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...parameters,
  });
  return `${path}?${query}`;
}
