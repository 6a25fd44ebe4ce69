import { append } from '../rules/append.ts';
import type { Choice } from './choice.ts';
import { type Listed, listedAt } from './listed.ts';
import { formatLocated, formatRepository, type Located, locate } from './located.ts';
import { stricterOf } from './standing.ts';
import { nameFilter } from './tags/choose-tags.ts';

/** Entry is one of the rules file, about an image or a repository. */
interface Entry {
  readonly listed: Listed;
  /** Reports whether the filters of a repository that go by name keep a tag. */
  readonly keeps: (tag: string) => boolean;
}

/**
 * Choices finds what the rules file says about tags for images that another list names. Without it,
 * a retry of what failed would move tags that the rules file protects, and copy tags that its
 * filters leave out.
 */
export class Choices {
  /** By the whole name of the image. */
  readonly #images = new Map<string, Entry[]>();
  readonly #repositories = new Map<string, Entry[]>();

  /** Reads what the rules file lists. */
  static async of(listed: Iterable<Listed>): Promise<Choices> {
    const choices = new Choices();
    const filters = new Map<Choice | undefined, Entry['keeps']>();
    for (const one of listed) {
      const { image, isRepository, choice } = one;
      const located = locate(image);
      if (located === undefined) continue;
      const keeps = filters.get(choice) ?? (await nameFilter(choice?.tags ?? {}));
      filters.set(choice, keeps);
      if (isRepository)
        append(choices.#repositories, formatRepository(located.repository), { listed: one, keeps });
      else append(choices.#images, formatLocated(located), { listed: one, keeps });
    }
    return choices;
  }

  /** Returns an entry with its choice; a repository once for each of its entries in the rules file. */
  applyTo(one: Listed): readonly Listed[] {
    const located = locate(one.image);
    if (located === undefined) return [one];
    const { place, image, isRepository } = one;
    const entries = this.#repositories.get(formatRepository(located.repository)) ?? [];
    const choices = isRepository
      ? entries.map(({ listed }) => listed.choice)
      : [this.#ofImage(located, entries)];
    if (choices.length === 0) return [one];
    return choices.map((choice) => listedAt(place, image, isRepository, choice));
  }

  /** Returns the strictest choice, as if the rules file alone were read. */
  #ofImage(located: Located, ofRepository: readonly Entry[]): Choice | undefined {
    const { tag } = located;
    const entries = [
      ...(this.#images.get(formatLocated(located)) ?? []),
      ...ofRepository.filter(({ keeps }) => tag !== undefined && keeps(tag)),
    ];
    // What no filter keeps is listed by none of them, so the strictest of all is on the safe side.
    const those = entries.length > 0 ? entries : ofRepository;
    const [first, ...others] = those.map(({ listed }) => listed);
    return first && others.reduce((one, other) => stricterOf(tag, one, other), first).choice;
  }
}
