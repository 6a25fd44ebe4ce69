import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import type { Registries } from '../rules/registries.ts';
import { hasBlob } from './blobs.ts';
import type { ClientEvent } from './client-event.ts';
import type { CredentialSource } from './credentials/credentials.ts';
import type { Descriptor, Manifest } from './descriptor.ts';
import { type DigestListing, Listings } from './listing/listing.ts';
import { getManifest, headManifest, type PutResult, putManifest } from './manifests.ts';
import { readBlob } from './read-blob.ts';
import { Referrers } from './referrers.ts';
import type { RegistryError } from './registry-error.ts';
import type { Repository } from './repository.ts';
import { ByteRate } from './request/byte-rate.ts';
import { defaultTiming, type Timing } from './request/timing.ts';
import { tagsOf } from './tags.ts';
import { Transport } from './transport.ts';
import type { Source } from './upload.ts';
import { BlobWriter } from './write-blob.ts';

/** ClientOptions are what a client knows about registries. */
export interface ClientOptions {
  /** The facts of the rules file: plainHttp, ca and chunk. */
  readonly registries: Registries;
  readonly credentials: CredentialSource;
  /** For HTTP_PROXY, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE and NODE_EXTRA_CA_CERTS. */
  readonly env: NodeJS.ProcessEnv;
  /** Receives each request, retry, warning and rate limit. */
  readonly on?: (event: ClientEvent) => void;
  /** In bytes per second, for all blobs together. */
  readonly maxRate?: number;
  /** Overrides the default timeouts and pauses. */
  readonly timing?: Partial<Timing>;
}

/**
 * RegistryClient reads and writes images by the OCI distribution spec
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md). It logs in, retries,
 * follows redirects without the login, and adapts to how many requests each registry takes. Each
 * method throws RegistryError.
 */
export class RegistryClient {
  readonly #transport: Transport;
  readonly #blobWriter: BlobWriter;
  readonly #listings: Listings;
  readonly #referrers: Referrers;
  readonly #rate: ByteRate | undefined;
  readonly #closing = new AbortController();

  constructor({ registries, credentials, env, on, maxRate, timing }: ClientOptions) {
    // Each request that waits listens to it.
    setMaxListeners(0, this.#closing.signal);
    this.#transport = new Transport({
      registries,
      credentials,
      env,
      timing: { ...defaultTiming, ...timing },
      emit: (event) => on?.(event),
      signal: this.#closing.signal,
    });
    this.#blobWriter = new BlobWriter(this.#transport, registries);
    this.#listings = new Listings(this.#transport);
    this.#referrers = new Referrers(this.#transport);
    this.#rate = maxRate === undefined ? undefined : new ByteRate(maxRate);
  }

  /** Returns what a tag or digest names, without its bytes; undefined if it is not there. */
  headManifest(repository: Repository, reference: string): Promise<Descriptor | undefined> {
    return headManifest(this.#transport, repository, reference);
  }

  /** Reads a manifest or index, with its digest checked; undefined if it is not there. */
  getManifest(repository: Repository, reference: string): Promise<Manifest | undefined> {
    return getManifest(this.#transport, repository, reference);
  }

  /** Writes a manifest, byte for byte, under a tag or its digest. */
  putManifest(repository: Repository, reference: string, manifest: Manifest): Promise<PutResult> {
    return putManifest(this.#transport, repository, reference, manifest);
  }

  hasBlob(repository: Repository, digest: string): Promise<boolean> {
    return hasBlob(this.#transport, repository, digest);
  }

  /**
   * Opens a blob as a stream that is checked for digest and length, and resumes after a broken
   * connection. It fails before its last bytes if they are wrong. `onBytes` gets the number of bytes
   * that came, as they come.
   */
  readBlob(
    repository: Repository,
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    onBytes?: (bytes: number) => void,
  ): Promise<Readable> {
    return readBlob(this.#transport, repository, descriptor, { rate: this.#rate, onBytes });
  }

  /**
   * Mounts a blob from the repository `from` of the same registry, or uploads it. `source` is called
   * again if the upload has to begin again.
   */
  writeBlob(
    repository: Repository,
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    source: Source,
    from?: string,
  ): Promise<'mounted' | 'uploaded'> {
    return this.#blobWriter.write(repository, descriptor, source, from);
  }

  /** Lists tags, in no particular order; fails with status 404 if there is no repository. */
  tags(repository: Repository): AsyncIterable<string> {
    return tagsOf(this.#transport, repository);
  }

  /**
   * Lists tags with their digests, a page per request; undefined if this registry does not, or not
   * for this login; `onFailure` then gets the reason, if there is one. A page that comes later may
   * still fail.
   */
  digests(
    repository: Repository,
    onFailure?: (error: RegistryError) => void,
  ): Promise<DigestListing | undefined> {
    return this.#listings.of(repository, onFailure);
  }

  /**
   * Lists the repositories of a registry, in no particular order. Many registries refuse that, or
   * leave out what the login may not read.
   */
  repositories(registry: string): AsyncIterable<string> {
    return this.#listings.repositories(registry);
  }

  /** Lists the signatures, attestations and SBOMs of a manifest, by API or by fallback tag. */
  referrers(repository: Repository, digest: string): Promise<readonly Descriptor[]> {
    return this.#referrers.of(repository, digest);
  }

  /**
   * Fails if a registry could not be reached a moment ago, as every request to it would.
   *
   * @throws RegistryError
   */
  requireReachable(registry: string): void {
    this.#transport.access(registry).outage.throwIfOut();
  }

  /** Ends all that is under way, and closes the connections. */
  close(): void {
    this.#closing.abort();
    this.#transport.close();
    void this.#listings.close();
  }
}
