import { canonicalHost } from '../reference/docker-hub.ts';
import { isDigest } from '../reference/grammar.ts';
import { nodeReference, pulledTag } from '../reference/reference.ts';
import type { Descriptor } from '../registry/descriptor.ts';
import { ociIndex } from '../registry/media-type.ts';
import { isMapping } from '../rules/is-mapping.ts';
import { placeOf } from '../rules/place.ts';
import { LayoutError } from './layout-files.ts';

/** The key that skopeo and oras read, and the one that containerd reads. */
const refName = 'org.opencontainers.image.ref.name';
const imageName = 'io.containerd.image.name';

/** FullName is the name of an image in a layout, with its registry. */
interface FullName {
  /** With the registry: `docker.io/library/nginx`. */
  readonly repository: string;
  /** The tag, or the digest if there is no tag. */
  readonly reference: string;
  /** True if the name has a tag and a digest. */
  readonly isPinned: boolean;
}

/** LayoutIndex is the `index.json` of a layout: its images, by name. */
export class LayoutIndex {
  /** Descriptors by repository, then by tag or digest. */
  readonly #named = new Map<string, Map<string, Descriptor>>();
  /** Those whose names have no registry, or that have no name. */
  readonly #others: Descriptor[] = [];
  readonly #otherDigests = new Set<string>();
  readonly #rest: Readonly<Record<string, unknown>>;
  isChanged = false;

  /** @throws LayoutError if it is not an index, or one name is given to several images */
  constructor(bytes: Buffer | undefined) {
    const parsed = bytes === undefined ? { manifests: [] } : parse(bytes);
    const { manifests, ...rest } = parsed;
    this.#rest = rest;
    if (!Array.isArray(manifests)) throw new LayoutError('index.json has no list of manifests');
    for (const one of manifests as readonly unknown[]) this.#addParsed(one);
  }

  find(repository: string, reference: string): Descriptor | undefined {
    return this.#named.get(repository)?.get(reference);
  }

  /** Returns what a repository has: tags, and digests that have no tag. */
  referencesIn(repository: string): readonly string[] {
    return [...(this.#named.get(repository)?.keys() ?? [])];
  }

  /** Lists the images with their full names, in the order of the index. */
  names(): { readonly name: string; readonly digest: string }[] {
    return [...this.#named.values()].flatMap((inRepository) =>
      Array.from(inRepository.values(), (one) => ({ name: nameOf(one) ?? '', digest: one.digest })),
    );
  }

  /** Lists what has no name with a registry: referrers, and images of other programs. */
  others(): readonly Descriptor[] {
    return this.#others;
  }

  /** Names an image; with its digest too if `isPinned`. */
  name(repository: string, reference: string, descriptor: Descriptor, isPinned: boolean): void {
    const separator = isDigest(reference, 0) ? '@' : ':';
    const name = `${repository}${separator}${reference}${isPinned ? `@${descriptor.digest}` : ''}`;
    const known = this.find(repository, reference);
    if (known?.digest === descriptor.digest && nameOf(known) === name) return;
    const inRepository = this.#named.get(repository) ?? new Map<string, Descriptor>();
    this.#named.set(repository, inRepository);
    const { mediaType, digest, size } = descriptor;
    const annotations = { [refName]: name, [imageName]: name };
    inRepository.set(reference, { mediaType, digest, size, annotations });
    this.isChanged = true;
  }

  /** Adds something without a name, once. */
  addOther(descriptor: Descriptor): void {
    if (this.#otherDigests.has(descriptor.digest)) return;
    this.#otherDigests.add(descriptor.digest);
    this.#others.push(descriptor);
    this.isChanged = true;
  }

  /** Puts something without a name in place of all others of its media type. */
  replaceOther(descriptor: Descriptor): void {
    const isOther = ({ mediaType }: Descriptor) => mediaType !== descriptor.mediaType;
    const kept = this.#others.filter(isOther);
    this.#others.splice(0, this.#others.length, ...kept);
    this.addOther(descriptor);
  }

  toBytes(): Buffer {
    const named = [...this.#named.values()].flatMap((inRepository) => [...inRepository.values()]);
    const begun = { schemaVersion: 2, mediaType: ociIndex, ...this.#rest };
    return Buffer.from(JSON.stringify({ ...begun, manifests: [...named, ...this.#others] }));
  }

  #addParsed(value: unknown): void {
    if (!isDescriptor(value))
      throw new LayoutError('index.json lists something without a digest, a size or a type');
    requireOneName(value);
    const name = fullNameOf(value);
    if (name === undefined) {
      this.#others.push(value);
      this.#otherDigests.add(value.digest);
      return;
    }
    const inRepository = this.#named.get(name.repository) ?? new Map<string, Descriptor>();
    this.#named.set(name.repository, inRepository);
    const known = inRepository.get(name.reference);
    if (known !== undefined && known.digest !== value.digest)
      throw new LayoutError(
        `index.json gives the name ${nameOf(value)} to ${known.digest} and to ${value.digest}`,
      );
    inRepository.set(name.reference, value);
  }
}

/** Returns the name of an image as its layout has it; undefined if it has none. */
export function nameOf({ annotations = {} }: Descriptor): string | undefined {
  return annotations[imageName] ?? annotations[refName];
}

/**
 * Throws LayoutError if an image has two full names. Nothing else shows that a name was damaged: an
 * index has no digest, so this program writes each name twice.
 */
function requireOneName({ digest, annotations = {} }: Descriptor): void {
  const names = [annotations[imageName], annotations[refName]].filter(
    (name) => parseFullName(name) !== undefined,
  );
  if (new Set(names).size > 1)
    throw new LayoutError(
      `index.json gives ${digest} the names ${names.join(' and ')}: it is damaged`,
    );
}

/** Returns the name of an image if it has its registry, as rules need it. */
function fullNameOf(descriptor: Descriptor): FullName | undefined {
  return parseFullName(nameOf(descriptor));
}

function parseFullName(name: string | undefined): FullName | undefined {
  const reference = nodeReference(name ?? '');
  if (reference?.writtenRegistry === undefined) return undefined;
  const { host, repository } = placeOf(reference);
  const { tag, digest } = reference;
  return {
    repository: `${canonicalHost(host)}/${repository}`,
    reference: pulledTag(reference) ?? digest ?? 'latest',
    isPinned: tag !== undefined && digest !== undefined,
  };
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (isMapping(value)) return value;
  } catch {
    // The message below says it.
  }
  throw new LayoutError('index.json is not a JSON object');
}

function isDescriptor(value: unknown): value is Descriptor {
  if (!isMapping(value)) return false;
  const { mediaType, digest, size, annotations = {} } = value;
  return (
    typeof mediaType === 'string' &&
    typeof digest === 'string' &&
    // It becomes a part of paths.
    isDigest(digest, 0) &&
    Number.isSafeInteger(size) &&
    (size as number) >= 0 &&
    isMapping(annotations) &&
    Object.values(annotations).every((one) => typeof one === 'string')
  );
}
