import { formatTagAndDigest, parseReference } from '../../reference/reference.ts';

/*
 * How Kustomize renames an image, after its api/internal/image and filters/imagetag: what it cannot
 * do is known before it runs.
 */

/** Rename is an entry of a Component's `images`. */
export interface Rename {
  /** The name that it is for: with its tag and digest if it `isExact`. */
  readonly name: string;
  /** Whether it is for the image `name` alone, not for other tags and digests. */
  readonly isExact: boolean;
  readonly newName: string;
  /** These two replace the image's tag and digest, if either is there. */
  readonly newTag?: string | undefined;
  readonly digest?: string | undefined;
}

/** Makes the entry for all images of a name; their tags and digests stay. */
export function renameAll(image: string, becomes: string): Rename {
  const suffix = suffixOf(becomes);
  const [name, newName] = [withoutEnd(image, suffix), withoutEnd(becomes, suffix)];
  return { name, isExact: false, newName };
}

/** Makes the entry for one image. */
export function renameOne(image: string, becomes: string): Rename {
  const suffix = suffixOf(becomes);
  const newName = withoutEnd(becomes, suffix);
  if (suffix === suffixOf(image)) return { name: image, isExact: true, newName };
  const { tag, digest } = parseReference(becomes) ?? {};
  return { name: image, isExact: true, newName, newTag: tag, digest };
}

function suffixOf(image: string): string {
  const reference = parseReference(image);
  return reference === undefined ? '' : formatTagAndDigest(reference);
}

function withoutEnd(image: string, suffix: string): string {
  return image.slice(0, image.length - suffix.length);
}

/** Writes an entry. Its `name` is a regular expression to Kustomize, so that `$` can end it. */
export function formatRename({ name, isExact, newName, newTag, digest }: Rename): object {
  const escaped = name.replace(/[.[\]]/g, '\\$&');
  return {
    name: isExact ? `${escaped}$` : escaped,
    newName,
    ...(newTag !== undefined && { newTag }),
    ...(digest !== undefined && { digest }),
  };
}

/** Reports whether Kustomize applies the entry to an image. */
export function isFor({ name, isExact }: Rename, image: string): boolean {
  return isExact ? image === name : namesOf(image).includes(name);
}

/** Longer than any image that a rule can write. */
const maxLength = 1024;

/**
 * Returns the names by which an entry finds the image: without its tag, without its digest, without
 * both. Kustomize knows digests of sha256 alone.
 */
export function namesOf(image: string): string[] {
  if (image.length > maxLength) return [];
  const digest = /@sha256:[\w.{}-]*$/.exec(image)?.index ?? image.length;
  const names = new Set([image, image.slice(0, digest)]);
  for (const name of [...names]) {
    const tag = /:[\w.{}-]*$/.exec(name)?.index;
    if (tag !== undefined) names.add(name.slice(0, tag));
  }
  return [...names];
}

/**
 * Returns what becomes of an image that an entry is for. A port behind the first segment is taken
 * for a tag.
 */
export function renamed(image: string, { newName, newTag, digest: newDigest }: Rename): string {
  if (newTag !== undefined || newDigest !== undefined)
    return newName + formatTagAndDigest({ tag: newTag, digest: newDigest });
  const start = Math.max(0, image.indexOf('/'));
  const at = image.indexOf('@', start);
  const end = at === -1 ? image.length : at;
  const colon = image.slice(0, end).indexOf(':', start);
  const tag = colon === -1 ? '' : image.slice(colon + 1, end);
  const digest = at === -1 ? '' : image.slice(at + 1);
  return newName + (tag === '' ? '' : `:${tag}`) + (digest === '' ? '' : `@${digest}`);
}

/** Renames holds the entries of a Component, those for one image apart from those for a name. */
export class Renames {
  readonly names = new Map<string, Rename>();
  readonly images = new Map<string, Rename>();

  add(rename: Rename): void {
    (rename.isExact ? this.images : this.names).set(rename.name, rename);
  }

  /**
   * Orders the entries. Kustomize applies one after the other, each to what the ones before it
   * made: what takes `direct.to/busybox` to `busybox` must come after what `busybox` becomes, and
   * the entry for one image before that for all of its name.
   */
  inOrder(): Rename[] {
    const begun = new Set<Rename>();
    const placed: Rename[] = [];
    const place = (rename: Rename | undefined) => {
      if (rename === undefined || begun.has(rename)) return;
      begun.add(rename);
      for (const before of this.#before(rename)) place(before);
      placed.push(rename);
    };
    const byName = (a: Rename, b: Rename) => (a.name < b.name ? -1 : 1);
    for (const rename of [...this.names.values()].sort(byName)) place(rename);
    for (const rename of [...this.images.values()].sort(byName)) place(rename);
    return placed;
  }

  #before(rename: Rename): (Rename | undefined)[] {
    const { name, isExact, newName } = rename;
    if (!isExact) {
      const ofName = [...this.images.values()].filter((one) => isFor(rename, one.name));
      return [this.names.get(newName), ...ofName];
    }
    const result = renamed(name, rename);
    return [this.images.get(result), ...namesOf(result).map((each) => this.names.get(each))];
  }
}
