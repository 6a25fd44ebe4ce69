import { isDigest } from '../../reference/grammar.ts';
import { isIndexType } from '../media-type.ts';
import type { Repository } from '../repository.ts';
import { isTag } from '../tags.ts';
import type { Transport } from '../transport.ts';

/** TagEntry is a tag as a vendor's API lists it. */
export interface TagEntry {
  readonly tag: string;
  /** Undefined if the API does not say it, as for images of schema 1. */
  readonly digest?: string;
  /** When the tag was moved or its manifest was pushed, if the registry says so. */
  readonly updated?: Date;
  /** Whether it names an index, if the registry says so. */
  readonly isIndex?: boolean;
  /** How many manifests a copy reads: the one that the tag names, and those that it lists. */
  readonly manifests?: number;
}

/** Listing lists a repository by the API of one vendor, a page at a time. */
export type Listing = (
  transport: Transport,
  repository: Repository,
) => AsyncIterable<readonly TagEntry[]>;

/** ListedFacts are what an API says about a tag, not checked yet. */
export interface ListedFacts {
  readonly tag: unknown;
  readonly digest: unknown;
  readonly updated?: unknown;
  readonly isIndex?: boolean | undefined;
  readonly manifests?: number | undefined;
}

/** Returns an entry of a list; none if it is not a tag. */
export function tagEntry({ tag, digest, updated, isIndex, manifests }: ListedFacts): TagEntry[] {
  if (!isTag(tag)) return [];
  const date = dateOf(updated);
  return [
    {
      tag,
      ...(typeof digest === 'string' && isDigest(digest, 0) && { digest }),
      ...(date && { updated: date }),
      ...(isIndex !== undefined && { isIndex }),
      ...(manifests !== undefined && { manifests }),
    },
  ];
}

/** Reports whether a media type is that of an index; undefined if an API does not say the type. */
export function namesIndex(mediaType: unknown): boolean | undefined {
  return typeof mediaType === 'string' ? isIndexType(mediaType) : undefined;
}

/** Reads a date in any form that APIs have; a number is milliseconds since 1970. */
function dateOf(value: unknown): Date | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const isNumber = typeof value === 'number' || /^\d+$/.test(value);
  const date = new Date(isNumber ? Number(value) : value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
