import { EcrApi } from '../../ecr/ecr-api.ts';
import { dockerHub } from '../../reference/docker-hub.ts';
import { type EcrRegistry, ecrRegistry } from '../../reference/ecr-registry.ts';
import { parseChallenges } from '../authorization/challenge.ts';
import { catalogOf } from '../catalog.ts';
import { RegistryError } from '../registry-error.ts';
import type { Repository } from '../repository.ts';
import { awsAgent } from '../request/aws-agent.ts';
import { headerOf } from '../request/headers.ts';
import type { Transport } from '../transport.ts';
import { listDockerHub } from './docker-hub.ts';
import { listEcr, listEcrRepositories } from './ecr.ts';
import { listGoogle } from './google.ts';
import { listHarbor } from './harbor.ts';
import { listQuay } from './quay.ts';
import type { Listing, TagEntry } from './tag-entry.ts';

/** Matches the registries of Google: Container Registry, Artifact Registry, and Kubernetes' on it. */
const google = /^((.+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev|registry\.k8s\.io)$/;

/** DigestListing is the tags of a repository with their digests, a page per request. */
export interface DigestListing {
  readonly pages: AsyncIterable<readonly TagEntry[]>;
  /** Whether a tag that is on no page does not exist. */
  readonly isComplete: boolean;
}

/** Vendor is an API that lists digests. */
interface Vendor {
  readonly list: Listing;
  readonly isComplete: boolean;
}

/** Reports whether the name of a registry shows its vendor, and so which API lists digests. */
export function namesItsVendor(registry: string): boolean {
  return (
    registry === dockerHub ||
    registry === 'quay.io' ||
    google.test(registry) ||
    ecrRegistry(registry) !== undefined
  );
}

/**
 * Listings lists tags with their digests if a registry's vendor has an API for that: one request
 * for a hundred tags or more, instead of one for each.
 */
export class Listings {
  readonly #transport: Transport;
  /** Whether registries whose names say nothing are Harbor. */
  readonly #harbors = new Map<string, Promise<boolean>>();
  /** The registries whose API does not answer, and why: it is not waited for again. */
  readonly #silent = new Map<string, RegistryError>();
  readonly #ecrs = new Map<string, EcrApi>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Returns the tags of a repository with their digests; undefined if the registry does not list
   * them, or not for this login. A repository that does not exist has no tags. `onFailure` gets the
   * reason if the registry has such a list, and it could not be read.
   */
  async of(
    repository: Repository,
    onFailure: (error: RegistryError) => void = () => undefined,
  ): Promise<DigestListing | undefined> {
    const { registry } = repository;
    const silence = this.#silent.get(registry);
    if (silence !== undefined) onFailure(silence);
    const vendor = silence === undefined ? await this.#vendor(registry) : undefined;
    if (vendor === undefined) return undefined;
    const { list, isComplete } = vendor;
    const pages = list(this.#transport, repository)[Symbol.asyncIterator]();
    try {
      const first = await pages.next();
      return { pages: resume(first, pages), isComplete };
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      if (isComplete && isUnknownRepository(error)) return { pages: noPages(), isComplete };
      // Asking for each tag is slower, but may still succeed.
      onFailure(error);
      if (isUnreachable(error)) this.#silent.set(registry, error);
      return undefined;
    }
  }

  /** Lists the repositories of a registry, in no particular order. */
  repositories(registry: string): AsyncIterable<string> {
    const ecr = ecrRegistry(registry);
    return ecr === undefined
      ? catalogOf(this.#transport, registry)
      : listEcrRepositories(this.#ecr(ecr), registry);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#ecrs.values()].map((api) => api.close()));
  }

  async #vendor(registry: string): Promise<Vendor | undefined> {
    // Docker Hub and Quay leave out what is not public or has no digest.
    if (registry === dockerHub) return { list: listDockerHub, isComplete: false };
    if (registry === 'quay.io') return { list: listQuay, isComplete: false };
    if (google.test(registry)) return { list: listGoogle, isComplete: true };
    const ecr = ecrRegistry(registry);
    if (ecr !== undefined) {
      const list: Listing = (_, repository) => listEcr(this.#ecr(ecr), repository);
      return { list, isComplete: true };
    }
    const isHarbor = this.#harbors.get(registry) ?? this.#isHarbor(registry);
    this.#harbors.set(registry, isHarbor);
    return (await isHarbor) ? { list: listHarbor, isComplete: true } : undefined;
  }

  #ecr(ecr: EcrRegistry): EcrApi {
    const { host, region } = ecr;
    const onAnswer = (status: number | undefined) =>
      this.#transport.report({
        type: 'request',
        host: `api.ecr.${region}`,
        method: 'POST',
        path: '/',
        status,
        isTokenRequest: false,
      });
    const api =
      this.#ecrs.get(host) ?? new EcrApi(ecr, awsAgent(region, this.#transport.env), onAnswer);
    this.#ecrs.set(host, api);
    return api;
  }

  /** Harbor's token service has a name that no other has. */
  async #isHarbor(registry: string): Promise<boolean> {
    const service = this.#transport.tokenService(registry) ?? (await this.#askService(registry));
    return service === 'harbor-registry';
  }

  /** Asks a registry for the name of its token service, which any first answer shows as well. */
  async #askService(registry: string): Promise<string | undefined> {
    const call = {
      repository: { registry, name: '' },
      action: 'pull',
      method: 'GET',
      target: '/v2/',
      login: 'none',
      accepts: [401],
      what: 'GET /v2/',
    } as const;
    const answer = await this.#transport.send(call).catch(() => undefined);
    const challenges = parseChallenges(answer && headerOf(answer.headers, 'www-authenticate'));
    return challenges.map(({ parameters }) => parameters.get('service')).find(Boolean);
  }
}

/**
 * Reports whether a registry says that it has no such repository. A proxy that hides an API answers
 * 404 as well, but not with such a code.
 */
export function isUnknownRepository({ status, code }: RegistryError): boolean {
  return status === 404 && (code === 'NAME_UNKNOWN' || code === 'NOT_FOUND');
}

function isUnreachable({ status, code, isRetryable }: RegistryError): boolean {
  return status === undefined && (isRetryable || code === 'ENOTFOUND');
}

type Pages = AsyncIterator<readonly TagEntry[]>;

async function* noPages(): AsyncGenerator<readonly TagEntry[], void, undefined> {}

async function* resume(
  first: Awaited<ReturnType<Pages['next']>>,
  pages: Pages,
): AsyncGenerator<readonly TagEntry[], void, undefined> {
  for (let page = first; !page.done; page = await pages.next()) yield page.value;
}
