import { isDigest } from '../reference/grammar.ts';
import type { Answer, Call } from './call.ts';
import type { Descriptor } from './descriptor.ts';
import { readErrors } from './error-answer.ts';
import { getManifest } from './manifests.ts';
import { isIndexType } from './media-type.ts';
import { listOf, objectIn, pagesOf } from './pages.ts';
import type { Repository } from './repository.ts';
import type { Transport } from './transport.ts';

/** The statuses of a registry that has no referrers API, or not for this repository. */
const withoutApi = [400, 404, 405, 501];

/**
 * Referrers lists what refers to manifests: signatures, attestations, SBOMs. Registries without the
 * API list them in an index under a tag (`sha256-<hex>`):
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers.
 */
export class Referrers {
  readonly #transport: Transport;
  /** The registries that are known to have no API. */
  readonly #withoutApi = new Set<string>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** @throws RegistryError */
  async of(repository: Repository, digest: string): Promise<readonly Descriptor[]> {
    const found = this.#withoutApi.has(repository.registry)
      ? undefined
      : await this.#ask(repository, digest);
    return found ?? (await this.#readFallback(repository, digest));
  }

  /** Returns undefined if the registry has no API. */
  async #ask(repository: Repository, digest: string): Promise<Descriptor[] | undefined> {
    const { registry, name } = repository;
    const call: Call = {
      repository,
      action: 'pull',
      method: 'GET',
      target: `/v2/${name}/referrers/${digest}`,
      accepts: withoutApi,
      what: `GET referrers of ${name}@${digest}`,
    };
    const found: Descriptor[] = [];
    for await (const page of pagesOf(this.#transport, call)) {
      const { manifests } = objectIn(page);
      const isList = page.status === 200 && Array.isArray(manifests);
      if (!isList) {
        if (saysNothingOfRepository(page)) this.#withoutApi.add(registry);
        return undefined;
      }
      for (const one of descriptorsIn(manifests)) found.push(one);
    }
    return found;
  }

  async #readFallback(repository: Repository, digest: string): Promise<readonly Descriptor[]> {
    const manifest = await getManifest(this.#transport, repository, fallbackTagOf(digest));
    if (manifest === undefined || !isIndexType(manifest.mediaType)) return [];
    const { manifests } = JSON.parse(manifest.bytes.toString('utf8')) as Record<string, unknown>;
    return descriptorsIn(manifests);
  }
}

/** Returns the tag under which the referrers of a manifest are listed without an API. */
export function fallbackTagOf(digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

/** An answer about the repository does not mean that other repositories have no API. */
function saysNothingOfRepository({ status, body }: Answer): boolean {
  const { code } = readErrors(body.toString('utf8'));
  return status !== 400 && code !== 'NAME_UNKNOWN' && code !== 'MANIFEST_UNKNOWN';
}

function descriptorsIn(manifests: unknown): Descriptor[] {
  const known: readonly object[] = listOf(manifests);
  return known.filter(isDescriptor);
}

function isDescriptor(value: object): value is Descriptor {
  const { digest, mediaType, size } = value as Partial<Record<keyof Descriptor, unknown>>;
  const isSize = typeof size === 'number' && size >= 0;
  return (
    typeof digest === 'string' && isDigest(digest, 0) && typeof mediaType === 'string' && isSize
  );
}
