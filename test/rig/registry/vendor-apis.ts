import { type Answer, type Exchange, errorAnswer, jsonAnswer } from './exchange.ts';
import type { Quirks } from './quirks.ts';
import type { Store, StoredRepository } from './store.ts';

/**
 * Answers the APIs by which vendors list tags with their digests. Undefined if this is not a request
 * to one of them.
 */
export function answerVendorApi(
  exchange: Exchange,
  store: Store,
  { listing, pageSize = 100 }: Quirks,
): Answer | undefined {
  if (listing === 'quay') return answerQuay(exchange, store, pageSize);
  if (listing === 'harbor') return answerHarbor(exchange, store, pageSize);
  return undefined;
}

const unknown: Answer = { ...jsonAnswer({ error: 'not found' }), status: 404 };

/** https://docs.quay.io/api/swagger/#operation--api-v1-repository--repository--tag--get */
function answerQuay(exchange: Exchange, store: Store, pageSize: number): Answer | undefined {
  const [, name] = /^\/api\/v1\/repository\/(.+)\/tag\/$/.exec(exchange.path) ?? [];
  if (name === undefined) return undefined;
  const repository = store.repositories.get(name);
  if (repository === undefined) return unknown;
  const { page, size, number } = pageOf(exchange, 'limit', pageSize, tagsOf(repository));
  const tags = page.map(({ tag, digest, pushed, mediaType }) => ({
    name: tag,
    reversion: false,
    start_ts: Math.floor(pushed.getTime() / 1_000),
    manifest_digest: digest,
    is_manifest_list: /\.(index|list)\./.test(mediaType),
    last_modified: pushed.toUTCString().replace('GMT', '-0000'),
  }));
  const isMore = number * size < repository.tags.size;
  return jsonAnswer({ tags, page: number, has_additional: isMore });
}

/** https://github.com/goharbor/harbor/blob/main/api/v2.0/swagger.yaml */
function answerHarbor(exchange: Exchange, store: Store, pageSize: number): Answer | undefined {
  if (exchange.path === '/api/v2.0/ping') return { status: 200, body: 'Pong' };
  const artifacts = /^\/api\/v2\.0\/projects\/([^/]+)\/repositories\/([^/]+)\/artifacts$/;
  const [, project = '', encoded] = artifacts.exec(exchange.path) ?? [];
  if (encoded === undefined) return undefined;
  // A slash in the name is encoded twice, as proxies decode it once.
  const name = `${project}/${decodeURIComponent(decodeURIComponent(encoded))}`;
  const repository = store.repositories.get(name);
  if (repository === undefined) return errorAnswer(404, 'NOT_FOUND', `artifacts of ${name}`);
  const tagged = tagsOf(repository);
  const all = [...repository.manifests].map(([digest, { mediaType, pushed }]) => ({
    digest,
    manifest_media_type: mediaType,
    type: 'IMAGE',
    push_time: pushed.toISOString(),
    tags: tagged
      .filter((each) => each.digest === digest)
      .map(({ tag }) => ({ name: tag, push_time: pushed.toISOString(), immutable: false })),
  }));
  const { page, size, number } = pageOf(exchange, 'page_size', pageSize, all);
  const next = `${exchange.path}?page=${number + 1}&page_size=${size}`;
  return jsonAnswer(page, {
    'x-total-count': `${all.length}`,
    ...(number * size < all.length && { link: `<${next}>; rel="next"` }),
  });
}

/** TaggedDigest is a tag as an API lists it. */
export interface TaggedDigest {
  readonly tag: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly pushed: Date;
}

/** Returns the tags of a repository, the newest first. */
export function tagsOf({ tags, manifests }: StoredRepository): TaggedDigest[] {
  return [...tags]
    .flatMap(([tag, digest]) => {
      const manifest = manifests.get(digest);
      if (manifest === undefined) return [];
      const { mediaType, pushed } = manifest;
      return [{ tag, digest, mediaType, pushed }];
    })
    .sort((a, b) => b.pushed.getTime() - a.pushed.getTime());
}

/** Cuts the page out of all that a query asks for. */
export function pageOf<T>(
  { url }: Exchange,
  sizeName: string,
  largest: number,
  all: readonly T[],
): { page: T[]; size: number; number: number } {
  const size = Math.min(Number(url.searchParams.get(sizeName) ?? 10), largest);
  const number = Number(url.searchParams.get('page') ?? 1);
  return { page: all.slice((number - 1) * size, number * size), size, number };
}
