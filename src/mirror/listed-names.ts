import { fallbackTagOf } from '../registry/referrers.ts';
import type { Repository } from '../registry/repository.ts';
import { keepingTagOf } from './keeping-tag.ts';
import { formatRepository, type Located } from './located.ts';

/** Tags under which the referrers of an image are found: by the OCI spec, and by cosign. */
const ofReferrers = /^(sha\d+-[0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/** Reports whether a tag is one under which the referrers of an image are found. */
export function isReferrersTag(tag: string): boolean {
  return ofReferrers.test(tag);
}

/**
 * TagKind is what a tag of the mirror is: one that the lists name or that belongs to an image that
 * they name, one that they do not name, or one that belongs to an image that is not known.
 */
type TagKind = 'listed' | 'unlisted' | 'referrers';

interface Names {
  readonly repository: Repository;
  readonly tags: Set<string>;
  readonly digests: Set<string>;
}

/** ListedNames are the names at the mirror that the lists give, with the digests that they have. */
export class ListedNames {
  readonly #names = new Map<string, Names>();

  /** Adds a name, and the digests that it is known to have. */
  add({ repository, tag, digest }: Located, ...digests: readonly (string | undefined)[]): void {
    const key = formatRepository(repository);
    const names = this.#names.get(key) ?? { repository, tags: new Set(), digests: new Set() };
    this.#names.set(key, names);
    if (tag !== undefined) names.tags.add(tag);
    for (const each of [digest, ...digests]) if (each !== undefined) names.digests.add(each);
  }

  /** Returns the repositories that have names. */
  repositories(): Repository[] {
    return Array.from(this.#names.values(), ({ repository }) => repository);
  }

  /**
   * Returns a function that returns the kind of a tag of a repository. A tag that keeps an image from
   * being deleted, or of signatures, attestations or SBOMs, belongs to the image whose digest it
   * contains.
   */
  kindsIn(repository: Repository): (tag: string) => TagKind {
    const { tags, digests = [] } = this.#names.get(formatRepository(repository)) ?? {};
    const belonging = new Set<string>();
    for (const digest of digests) belonging.add(keepingTagOf(digest)).add(fallbackTagOf(digest));
    return (tag) => {
      const [, subject] = ofReferrers.exec(tag) ?? [];
      if (tags?.has(tag) || belonging.has(subject ?? tag)) return 'listed';
      return subject === undefined ? 'unlisted' : 'referrers';
    };
  }
}
