import { answerBlob } from './blobs.ts';
import { errorAnswer, jsonAnswer } from './exchange.ts';
import { parseManifest } from './manifest-json.ts';
import { type FakeServer, type ServerOptions, startServer } from './server.ts';
import type { Store, StoredRepository } from './store.ts';
import type { TokenService } from './token-service.ts';
import { pageOf, tagsOf } from './vendor-apis.ts';
import { headerOf } from './visit.ts';

/**
 * Starts the host that a registry redirects to for blobs, as S3 and CDNs are: the URL's signature is
 * what allows to read, and an `Authorization` header besides is refused.
 */
export function startBlobHost(store: Store, options?: ServerOptions): Promise<FakeServer> {
  return startServer(async (exchange, { url }) => {
    const [, name = '', digest = ''] = /^\/v2\/(.+)\/blobs\/(.+)$/.exec(exchange.path) ?? [];
    const repository = store.repositories.get(name);
    if (headerOf(exchange, 'authorization') !== undefined) {
      return errorAnswer(400, 'InvalidArgument', 'Only one auth mechanism allowed');
    }
    if (!exchange.url.searchParams.has('signature')) {
      return errorAnswer(403, 'AccessDenied', 'Access Denied');
    }
    if (repository === undefined) return errorAnswer(404, 'NoSuchKey', 'no such key');
    const visit = { exchange, store, quirks: {}, base: url, name, repository, keepsBytes: true };
    return answerBlob(visit, digest);
  }, options);
}

/** Starts a token service that is a host of its own. */
export function startTokenHost(tokens: TokenService, options?: ServerOptions): Promise<FakeServer> {
  return startServer(async (exchange) => {
    if (exchange.path !== '/token') return { status: 404 };
    return tokens.answer(exchange);
  }, options);
}

/** Starts Docker Hub's API, which lists tags with their digests: https://docs.docker.com/reference/api/hub/ */
export function startHubApi(
  store: Store,
  { base, ...options }: ServerOptions & { readonly base?: string } = {},
): Promise<FakeServer> {
  const path = /^\/v2\/(?:namespaces\/([^/]+)\/)?repositories\/(.+)\/tags\/?$/;
  return startServer(async (exchange, { url }) => {
    const [, namespace, rest = ''] = path.exec(exchange.path) ?? [];
    const repository = store.repositories.get(namespace ? `${namespace}/${rest}` : rest);
    if (repository === undefined) {
      return { ...jsonAnswer({ message: 'object not found', errinfo: {} }), status: 404 };
    }
    const { page, size, number } = pageOf(exchange, 'page_size', 100, tagsOf(repository));
    const count = repository.tags.size;
    const next = `${base ?? url}${exchange.path}?page=${number + 1}&page_size=${size}`;
    const results = page.map(({ tag, digest, pushed }) => ({
      name: tag,
      digest,
      last_updated: pushed.toISOString(),
      tag_status: 'active',
      content_type: 'image',
      media_type: repository.manifests.get(digest)?.mediaType,
      images: hubImages(repository, digest),
    }));
    return jsonAnswer({
      count,
      next: number * size < count ? next : null,
      previous: null,
      results,
    });
  }, options);
}

/** Returns what the API says about the images of a tag: those of an index, or the only one. */
function hubImages({ manifests }: StoredRepository, digest: string) {
  const json = parseManifest(manifests.get(digest)?.bytes ?? Buffer.alloc(0));
  const images = json?.manifests ?? [{ digest, platform: { os: 'linux', architecture: 'amd64' } }];
  return images.map((image) => ({ ...image.platform, digest: image.digest, status: 'active' }));
}
