import { formatRepository, type Located, referenceOf, writtenReference } from './located.ts';

/** Answer is what a registry says about an image. */
export type Answer =
  | {
      readonly state: 'there';
      readonly digest: string;
      /** Undefined if a list of tags did not say it. */
      readonly isIndex: boolean | undefined;
      /** The digest of a copy with the wanted platforms only, if that was asked for. */
      readonly copyDigest?: string | undefined;
      /** When the tag was moved or its manifest was pushed, in milliseconds since 1970, if known. */
      readonly updated?: number | undefined;
      /** Why the list that says when it was updated could not be read. */
      readonly undated?: Error | undefined;
      /** How many manifests a copy reads, if known. */
      readonly manifests?: number | undefined;
    }
  /** The tag is there. What it names does not matter, so that was not asked for. */
  | { readonly state: 'stands' }
  | { readonly state: 'missing' }
  | { readonly state: 'failed'; readonly error: Error };

/** There is the answer about an image whose digest is known. */
export type There = Answer & { readonly state: 'there' };

/** Side is where an image is: an origin is read by its digest, the mirror by the tag it gets. */
export type Side = 'origin' | 'mirror';

type ByReference = Map<string, Answer>;

/** Answers are what both sides said about the images that they were asked for. */
export class Answers {
  /** By repository, then by reference: a list may have hundreds of thousands of images. */
  readonly #answers: Readonly<Record<Side, Map<string, ByReference>>> = {
    origin: new Map(),
    mirror: new Map(),
  };
  readonly #newRepositories = new Set<string>();

  /** Returns undefined if it was not asked for. */
  of(side: Side, located: Located): Answer | undefined {
    const inRepository = this.#answers[side].get(formatRepository(located.repository));
    return inRepository?.get(referenceAt(side, located));
  }

  set(side: Side, located: Located, answer: Answer): void {
    this.recorder(side, located)(referenceAt(side, located), answer);
  }

  /** Returns a function that records the answers about one repository, by tag or digest. */
  recorder(
    side: Side,
    { repository }: Pick<Located, 'repository'>,
  ): (reference: string, answer: Answer) => void {
    const key = formatRepository(repository);
    const inRepository: ByReference = this.#answers[side].get(key) ?? new Map();
    this.#answers[side].set(key, inRepository);
    return (reference, answer) => inRepository.set(reference, answer);
  }

  /** Reports whether a repository of the mirror had no tag, so that nothing in it needs a look. */
  isNew({ repository }: Pick<Located, 'repository'>): boolean {
    return this.#newRepositories.has(formatRepository(repository));
  }

  addNew({ repository }: Pick<Located, 'repository'>): void {
    this.#newRepositories.add(formatRepository(repository));
  }
}

/** Returns what a side is asked for. */
export function referenceAt(side: Side, located: Located): string {
  return side === 'mirror' ? writtenReference(located) : referenceOf(located);
}
