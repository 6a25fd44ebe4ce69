import type { KubernetesApi, Metadata } from './api.ts';
import { AnswerTooLargeError } from './exchange.ts';

/** Which objects of a kind: those of one collection, by their labels or by a field such as `metadata.name`. */
export interface Selection {
  /** As in `/api/v1/configmaps`. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Whether the API server leaves out all but the metadata. */
  readonly metadataOnly?: boolean;
}

export interface Listed {
  readonly metadata: Metadata;
}

interface Page<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  /** Null in an empty list of metadata. */
  readonly items?: readonly T[] | null;
}

const pageSize = 500;
/** The longest page that is read, in bytes. One object cannot be as large: etcd takes 1.5 MiB. */
const maxPage = 8 * 1024 * 1024;

/**
 * Hands over every object of a selection and returns the version of the list, from which a watch can go on. Pages that are
 * too long are asked for again with fewer objects: what one namespace writes into its own must not keep others from being read.
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
    // Large objects of one namespace must not make many requests of all that come after them.
    limit = Math.min(limit * 2, pageSize);
    next = metadata.continue ?? '';
    if (next === '') return metadata.resourceVersion;
  }
}

/** Returns the first object of a selection by name, if there is any. */
export async function firstObject<T extends Listed>(
  api: Pick<KubernetesApi, 'get'>,
  selection: Selection,
): Promise<T | undefined> {
  const accept = acceptOf(selection, 'PartialObjectMetadataList');
  const path = pathOf(selection, { limit: '1' });
  return (await api.get<Page<T>>(path, { accept, limit: maxPage })).object.items?.[0];
}

export function acceptOf({ metadataOnly }: Selection, kind: string): string {
  return metadataOnly ? `application/json;as=${kind};g=meta.k8s.io;v=v1` : 'application/json';
}

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
