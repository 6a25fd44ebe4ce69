import { nodeReference } from '../reference/reference.ts';
import type { Choice } from './choice.ts';

/** Listed is an entry of a list of images to copy: an image, or all tags of a repository. */
export interface Listed {
  /** As written; for a repository without its `:*`. */
  readonly image: string;
  readonly isRepository: boolean;
  /** The place where it was written: `images.txt:3`, `sync.images[2]`. */
  readonly place: string;
  /** What the list says about its tags. */
  readonly choice?: Choice;
}

/** ReadList is what the text of a list says. */
export interface ReadList {
  readonly listed: readonly Listed[];
  /** The places of lines that are not images, or not repositories if the list is one of those. */
  readonly mistakes: readonly string[];
}

/** Follows the name of a repository of which all tags are listed. */
export const allTags = ':*';

/** ListLine is a line of a list that is not empty. */
export interface ListLine {
  /** Without its comment. */
  readonly written: string;
  /** The first line is 1. */
  readonly number: number;
}

/**
 * Returns the lines of a list of images that are not empty. `#` begins a comment at the start of a
 * line or after a space.
 */
export function* listLines(text: string): Generator<ListLine, void> {
  for (const [index, line] of text.split('\n').entries()) {
    const written = line.replace(/(^|\s)#.*/, '').trim();
    if (written !== '') yield { written, number: index + 1 };
  }
}

/**
 * Reads a list: one image per line, `NAME:*` for all tags of a repository. container-mirror's
 * `required-images.txt` has this form. With a choice of tags, each line is a repository and has no
 * tag, as in its `required-images-daily.txt`.
 */
export function readList(text: string, place: string, choice?: Choice): ReadList {
  const listed: Listed[] = [];
  const mistakes: string[] = [];
  for (const { written, number } of listLines(text)) {
    const at = `${place}:${number}`;
    const entry = parseEntry(written, choice?.tags !== undefined);
    if (entry === undefined) mistakes.push(at);
    else listed.push(listedAt(at, entry.image, entry.isRepository, choice));
  }
  return { listed, mistakes };
}

/**
 * Makes an entry. It copies no object, because such a copy takes more memory, and lists have hundreds
 * of thousands of entries.
 */
export function listedAt(
  place: string,
  image: string,
  isRepository: boolean,
  choice: Choice | undefined,
): Listed {
  return choice === undefined
    ? { image, isRepository, place }
    : { image, isRepository, place, choice };
}

/** Returns the name of a repository without its `:*`. */
export function withoutAllTags(written: string): string {
  return written.endsWith(allTags) ? written.slice(0, -allTags.length) : written;
}

function parseEntry(
  written: string,
  isOfRepositories: boolean,
): Pick<Listed, 'image' | 'isRepository'> | undefined {
  const image = withoutAllTags(written);
  const reference = nodeReference(image);
  if (reference === undefined) return undefined;
  const isRepository = image !== written || isOfRepositories;
  if (isRepository && (reference.tag ?? reference.digest) !== undefined) return undefined;
  return { image, isRepository };
}
