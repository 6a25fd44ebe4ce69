import { formatTagAndDigest, nodeReference } from '../reference/reference.ts';
import { matchesAnyGlob } from '../rules/glob.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { listLines } from './listed.ts';
import { formatLocated, formatRepository, locate } from './located.ts';

/** NeverCopied holds what `sync.never` and the lists of `sync.neverLists` name. */
export class NeverCopied {
  readonly #globs: readonly string[];
  /** The place of each line of the lists, by the whole name of what it names. */
  readonly #places = new Map<string, string>();

  constructor({ file }: Pick<RuleSet, 'file'>) {
    this.#globs = file.sync?.never ?? [];
  }

  /**
   * Adds the lines of a list: images by tag or digest, and names without them for whole
   * repositories. Returns the places of lines that are neither.
   */
  addList(text: string, place: string): readonly string[] {
    const mistakes: string[] = [];
    for (const { written, number } of listLines(text)) {
      const at = `${place}:${number}`;
      const name = wholeName(written);
      if (name === undefined) mistakes.push(at);
      else if (!this.#places.has(name)) this.#places.set(name, at);
    }
    return mistakes;
  }

  /**
   * Returns what names an image: `sync.never`, or the place of a line; undefined if nothing does. A
   * glob may match the image as it was written, its whole name (`docker.io/library/nginx:1.27`), or
   * that without tag and digest. Lines compare as references, so `nginx` is `docker.io/nginx`.
   */
  whatNames(image: string): string | undefined {
    const located = locate(image);
    if (located === undefined) return this.#globNames([image]);
    const { tag, digest } = located;
    const repository = formatRepository(located.repository);
    const names = [repository];
    // An image with both is named by a line that has either.
    if (tag !== undefined) names.push(`${repository}:${tag}`);
    if (digest !== undefined) names.push(`${repository}@${digest}`);
    return this.#globNames([image, formatLocated(located), repository]) ?? this.#placeOf(names);
  }

  /** Returns what names a whole repository: not what names only some of its tags. */
  whatNamesRepository(image: string): string | undefined {
    const located = locate(image);
    if (located === undefined) return this.#globNames([image]);
    const repository = formatRepository(located.repository);
    return this.#globNames([image, repository]) ?? this.#placeOf([repository]);
  }

  #globNames(names: readonly string[]): string | undefined {
    if (this.#globs.length === 0) return undefined;
    return names.some((name) => matchesAnyGlob(this.#globs, name)) ? 'sync.never' : undefined;
  }

  #placeOf(names: readonly string[]): string | undefined {
    for (const name of names) {
      const place = this.#places.get(name);
      if (place !== undefined) return place;
    }
    return undefined;
  }
}

/** Returns the name of an image with its digest, else its tag, if it has one. */
function wholeName(written: string): string | undefined {
  const reference = nodeReference(written);
  const located = locate(written);
  if (reference === undefined || located === undefined) return undefined;
  const { tag, digest } = reference;
  const suffix = digest === undefined ? { tag, digest } : { tag: undefined, digest };
  return formatRepository(located.repository) + formatTagAndDigest(suffix);
}
