/**
 * Choice is what the author of a list says about the tags of a repository or an image: which are
 * copied, and which of them follow their source once the mirror has them.
 */
export interface Choice {
  /** Which tags of a repository are copied; all if it is left out. */
  readonly tags?: TagFilter;
  /** Globs of tags that never move: nothing is asked for them once the mirror has them. */
  readonly immutable?: readonly string[];
  readonly overwrite?: Overwrite;
}

/**
 * Overwrite says when a tag of the mirror follows its source: always (the default), never, or only
 * if the source was updated in the last so many milliseconds.
 */
export type Overwrite = 'always' | 'never' | { readonly within: number };

/** TagFilter names the tags for which all of this holds. */
export interface TagFilter {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** The whole tag matches, in the syntax of RE2 (https://github.com/google/re2/wiki/Syntax). */
  readonly pattern?: string;
  /** The tag is a version in this range of npm's semver. */
  readonly semver?: string;
  /** The tag was updated in the last so many milliseconds. */
  readonly newerThan?: number;
  /** At most this many tags: those of the highest versions. */
  readonly latest?: number;
}

/** ListedTag is a tag as a registry lists it. */
export interface ListedTag {
  readonly tag: string;
  /** When the tag was moved or its manifest was pushed, if the registry says so. */
  readonly updated?: Date;
}

/** FilterStep reports what one filter did: how many tags it was given, and which it removed. */
export interface FilterStep {
  readonly filter: keyof TagFilter;
  /** What the filter is, as written. */
  readonly value: string;
  readonly before: number;
  /** The tags that it removed. */
  readonly letOut: readonly string[];
}

/** ChosenTags are the tags of a repository that are copied, and how they were chosen. */
export interface ChosenTags {
  readonly tags: readonly string[];
  readonly steps: readonly FilterStep[];
  /**
   * True if no tag is chosen because a filter goes by date (`newerThan`, or `latest` without
   * versions), and the registry gives no tag a date.
   */
  readonly lacksDates: boolean;
}
