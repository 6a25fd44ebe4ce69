import { append } from '../rules/append.ts';
import type { Choice } from './choice.ts';
import { type Listed, listedAt } from './listed.ts';
import { formatLocated, formatRepository, type Located, locate } from './located.ts';

/**
 * Choices finds what the rules file says about tags for images that another list names. Without it,
 * a retry of what failed would move tags that the rules file protects, and copy tags that its
 * filters leave out.
 */
export class Choices {
  /** By the whole name of the image; of several entries, the first counts. */
  readonly #images = new Map<string, Choice | undefined>();
  readonly #repositories = new Map<string, (Choice | undefined)[]>();

  /** `listed` is what the rules file lists. */
  constructor(listed: Iterable<Listed>) {
    for (const { image, isRepository, choice } of listed) {
      const located = locate(image);
      if (located === undefined) continue;
      const name = formatLocated(located);
      if (isRepository) append(this.#repositories, formatRepository(located.repository), choice);
      else if (!this.#images.has(name)) this.#images.set(name, choice);
    }
  }

  /** Returns an entry with its choice; a repository once for each of its entries in the rules file. */
  applyTo(one: Listed): readonly Listed[] {
    const located = locate(one.image);
    if (located === undefined) return [one];
    const { place, image, isRepository } = one;
    const choices = isRepository ? this.#ofRepository(located) : [this.#ofImage(located)];
    if (choices.length === 0) return [one];
    return choices.map((choice) => listedAt(place, image, isRepository, choice));
  }

  #ofImage(located: Located): Choice | undefined {
    const name = formatLocated(located);
    if (this.#images.has(name)) return this.#images.get(name);
    return this.#ofRepository(located)[0];
  }

  #ofRepository({ repository }: Located): readonly (Choice | undefined)[] {
    return this.#repositories.get(formatRepository(repository)) ?? [];
  }
}
