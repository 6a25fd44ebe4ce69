import { findFact, type Registries } from '../rules/registries.ts';
import { parseSize } from '../rules/size.ts';
import type { Descriptor } from './descriptor.ts';
import { RegistryError } from './registry-error.ts';
import type { Repository } from './repository.ts';
import type { Transport } from './transport.ts';
import { type Source, Upload } from './upload.ts';
import { UploadCuts } from './upload-cuts.ts';
import { defaultChunk, smallerThan, smallestChunk } from './upload-size.ts';

/** Azure's registries take no larger request, in bytes. */
const azureLimit = 20_000_000;
const azure = /\.azurecr\.(io|cn|us|de)$/;

/**
 * BlobWriter puts blobs into registries: whole, in one request, because several registries drop all
 * parts but the first; in parts only if it must, or if the registry has refused a whole blob.
 */
export class BlobWriter {
  readonly #transport: Transport;
  readonly #registries: Registries;
  /**
   * The largest request that is sent to a registry that refused a larger one, in bytes. How much it
   * takes is not in its answer: a proxy before it may take 1 MiB only (nginx).
   */
  readonly #largest = new Map<string, number>();

  constructor(transport: Transport, registries: Registries) {
    this.#transport = transport;
    this.#registries = registries;
  }

  /**
   * Mounts a blob from another repository of the same registry, or uploads it.
   *
   * @throws RegistryError of this registry, or of the one that the source reads
   */
  async write(
    repository: Repository,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    source: Source,
    from?: string,
  ): Promise<'mounted' | 'uploaded'> {
    const cuts = new UploadCuts();
    const outcome = await this.#transport.retrying(repository, async () => {
      const leave = await this.#transport.access(repository.registry).limits.write.enter();
      // The source has its own retries, so its failure is not retried here.
      let failure: unknown;
      const open = () =>
        source().catch((error) => {
          failure = error;
          throw error;
        });
      try {
        return await this.#try(repository, blob, open, from, cuts);
      } catch (error) {
        if (error === failure) return { error };
        throw error;
      } finally {
        leave();
      }
    });
    if (typeof outcome === 'object') throw outcome.error;
    return outcome;
  }

  async #try(
    repository: Repository,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    source: Source,
    from: string | undefined,
    cuts: UploadCuts,
  ): Promise<'mounted' | 'uploaded'> {
    const upload = new Upload(this.#transport, repository, blob);
    if ((await upload.begin(from)) === 'mounted') return 'mounted';
    const known = this.#chunk(repository, blob.size);
    const other = cuts.chunkInsteadOf(known ?? blob.size);
    const chunk = other ?? known;
    try {
      if (chunk === undefined) await upload.sendWhole(source);
      else await upload.sendParts(source, chunk);
      if (other !== undefined) this.#limitTo(repository.registry, other);
      return 'uploaded';
    } catch (error) {
      await upload.abort();
      cuts.note(error);
      if (other !== undefined && isRefusal(error, repository)) {
        cuts.refuseParts();
        throw error.asRetryable();
      }
      const sent = chunk ?? blob.size;
      if (!isTooLarge(error) || sent <= smallestChunk) throw error;
      this.#limitTo(repository.registry, smallerThan(sent));
      return await this.#try(repository, blob, source, from, cuts);
    }
  }

  /** Blobs that are sent at the same time are refused one by one: the smallest size counts. */
  #limitTo(registry: string, size: number): void {
    this.#largest.set(registry, Math.min(size, this.#largest.get(registry) ?? size));
  }

  /** Returns how large the parts of a blob are, in bytes; undefined for no parts. */
  #chunk({ registry, name }: Repository, size: number): number | undefined {
    const stated = findFact(this.#registries, { host: registry, repository: name }, 'chunk');
    const chunk = parseSize(stated ?? '') ?? Number.POSITIVE_INFINITY;
    const limit = Math.min(chunk, this.#largest.get(registry) ?? chunk);
    if (size > limit) return limit;
    return azure.test(registry) && size > azureLimit ? defaultChunk : undefined;
  }
}

/** Reports whether a registry will not take a part, however often it is sent. */
function isRefusal(error: unknown, { registry }: Repository): error is RegistryError {
  const isOfRegistry = error instanceof RegistryError && error.host === registry;
  return isOfRegistry && !error.isRetryable && error.status !== 413;
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RegistryError && error.status === 413;
}
