import type { Descriptor, Manifest } from '../registry/descriptor.ts';
import type { PutResult } from '../registry/manifests.ts';
import { RegistryError } from '../registry/registry-error.ts';
import type { Repository } from '../registry/repository.ts';
import { forEachAtOnce } from './concurrency.ts';
import type { Copying, Way } from './copying.ts';
import { extendFallback } from './fallback-tag.ts';
import { contentOf } from './image-content.ts';
import { type Image, readImage } from './read-image.ts';

/** Signatures of SBOMs refer to what refers to an image. */
export const mostReferrerLevels = 3;
const subjectsAtOnce = 4;
const cosignSuffixes = ['sig', 'att', 'sbom'];

/** CopiedReferrers is what became of signatures, attestations and SBOMs. */
export interface CopiedReferrers {
  /** How many the mirror got. */
  readonly added: number;
  /** What the mirror refused: the image works without it. */
  readonly warnings: readonly string[];
}

/** Subjects are the manifests of an image that may have referrers, and the root if it is new. */
type Subjects = Pick<Image, 'subjects'> & Partial<Pick<Image, 'root'>>;

/**
 * Copies what refers to an image and to the images of an index: by the referrers API or its
 * fallback tag, and by the tags of cosign. If the mirror has the image (`root` is left out), it is
 * asked for what it has, and gets the rest. An origin that fails to answer is an error, because the
 * next run does not look again at an image that is there.
 */
export async function copyReferrers(
  image: Subjects,
  way: Pick<Way, 'from' | 'to'>,
  copying: Copying,
): Promise<CopiedReferrers> {
  const transfer = new ReferrerTransfer(image.root, way, copying);
  await forEachAtOnce(image.subjects, subjectsAtOnce, async (subject) => {
    await transfer.copyOf(subject, 1);
    for (const tag of cosignTagsOf(subject)) await transfer.copyTag(tag);
  });
  const { added, warnings } = transfer;
  return { added, warnings };
}

/** Returns the tags by which cosign finds what belongs to a manifest. */
export function cosignTagsOf(subject: string): string[] {
  return cosignSuffixes.map((suffix) => `${subject.replace(':', '-')}.${suffix}`);
}

const nothing: ReadonlySet<string> = new Set();

class ReferrerTransfer {
  readonly warnings: string[] = [];
  added = 0;
  readonly #done = new Set<string>();
  /** The manifest of an image that is new at the mirror. */
  readonly #newRoot: Manifest | undefined;
  readonly #from: Repository;
  readonly #to: Repository;
  readonly #copying: Copying;
  #rootWritten: Promise<unknown> | undefined;

  constructor(
    newRoot: Manifest | undefined,
    { from, to }: Pick<Way, 'from' | 'to'>,
    copying: Copying,
  ) {
    this.#newRoot = newRoot;
    this.#from = from;
    this.#to = to;
    this.#copying = copying;
  }

  async copyOf(subject: string, level: number): Promise<void> {
    const { client, signal } = this.#copying;
    const referrers = await client.referrers(this.#from, subject).catch(withoutRefusal([]));
    const present = referrers.length === 0 ? nothing : await this.#presentOf(subject);
    const unlisted: Descriptor[] = [];
    for (const referrer of referrers) {
      const { digest } = referrer;
      signal.throwIfAborted();
      if (this.#done.has(digest)) continue;
      this.#done.add(digest);
      const written = present.has(digest) ? 'present' : await this.#copyNew(subject, digest);
      if (written !== 'present' && written?.hasReferrersApi === false) unlisted.push(referrer);
      if (written !== undefined && level < mostReferrerLevels) await this.copyOf(digest, level + 1);
    }
    const warning = await this.#warnIfRefused(subject, () =>
      extendFallback(client, this.#to, subject, unlisted),
    );
    if (warning !== undefined) this.warnings.push(warning);
  }

  async copyTag(tag: string): Promise<void> {
    const { client, signal } = this.#copying;
    signal.throwIfAborted();
    const found = await client.headManifest(this.#from, tag).catch(withoutRefusal(undefined));
    if (found === undefined) return;
    const present = await client.headManifest(this.#to, tag);
    if (present?.digest === found.digest) return;
    if (present === undefined || (await this.#hasAllOf(tag))) await this.#copy(tag, tag);
    else
      this.warnings.push(
        `${tag} of ${this.#to.registry} has signatures of its own, so it was left`,
      );
  }

  /**
   * Reports whether the origin's tag has all that the mirror's has. cosign adds signatures and
   * attestations to what is there: one that somebody made at the mirror must not get lost.
   */
  async #hasAllOf(tag: string): Promise<boolean> {
    if (tag.endsWith('.sbom')) return true;
    const { client } = this.#copying;
    const ours = await client.getManifest(this.#from, tag);
    const theirs = await client.getManifest(this.#to, tag);
    if (ours === undefined || theirs === undefined) return theirs === undefined;
    const known = new Set(contentOf(ours).blobs.map(({ digest }) => digest));
    // The first is the configuration, which follows from the others.
    return contentOf(theirs)
      .blobs.slice(1)
      .every(({ digest }) => known.has(digest));
  }

  /** Returns the digests of what refers to a manifest at the mirror: nothing, if it is new there. */
  async #presentOf(subject: string): Promise<ReadonlySet<string>> {
    if (this.#newRoot !== undefined) return nothing;
    const { client } = this.#copying;
    const listed = await client.referrers(this.#to, subject).catch(withoutRefusal([]));
    return new Set(listed.map(({ digest }) => digest));
  }

  async #copyNew(subject: string, digest: string): Promise<PutResult | undefined> {
    await this.#writeSubject(subject);
    return await this.#copy(digest, digest);
  }

  /** A registry may take what refers to an image only after the image. Its tag comes last. */
  #writeSubject(subject: string): Promise<unknown> {
    const root = this.#newRoot;
    if (subject !== root?.digest) return Promise.resolve();
    this.#rootWritten ??= this.#copying.client.putManifest(this.#to, root.digest, root);
    return this.#rootWritten;
  }

  async #copy(reference: string, writtenAs: string): Promise<PutResult | undefined> {
    const { client } = this.#copying;
    const found = await readImage(client, this.#from, reference, 'all');
    if (found === undefined) return undefined;
    return await this.#warnIfRefused(reference, async () => {
      for (const blob of found.blobs) await this.#copyBlob(blob);
      for (const child of found.children) await client.putManifest(this.#to, child.digest, child);
      const written = await client.putManifest(this.#to, writtenAs, found.root);
      this.added++;
      return written;
    });
  }

  async #copyBlob(blob: Descriptor): Promise<void> {
    const { client } = this.#copying;
    if (await client.hasBlob(this.#to, blob.digest)) return;
    await client.writeBlob(this.#to, blob, () => client.readBlob(this.#from, blob));
  }

  async #warnIfRefused<Result>(
    what: string,
    write: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await write();
    } catch (error) {
      if (!isRefusal(error) || error.host !== this.#to.registry) throw error;
      this.warnings.push(`the mirror refused ${what}, which refers to it: ${error.message}`);
      return undefined;
    }
  }
}

/** Reports whether a registry will not do something, however often it is asked. */
function isRefusal(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError) || error.isRetryable || error.isRateLimit) return false;
  const { status = 0 } = error;
  return status >= 400 && status < 500;
}

/** Returns a handler that gives `otherwise` if a registry does not know such questions. */
function withoutRefusal<Value>(otherwise: Value): (error: unknown) => Value {
  return (error) => {
    if (isRefusal(error)) return otherwise;
    throw error;
  };
}
