import { append } from '../rules/append.ts';
import type { Choice } from './choice.ts';
import { type Listed, listedAt } from './listed.ts';
import { formatLocated, formatRepository, locate } from './located.ts';

/**
 * Choices finds what the rules file says about tags for images that another list names. Without it,
 * a retry of what failed would move tags that the rules file protects, and copy tags that its
 * filters leave out.
 */
export class Choices {
  /** By the whole name of the image. */
  readonly #images = new Map<string, (Choice | undefined)[]>();
  readonly #repositories = new Map<string, (Choice | undefined)[]>();

  /** `listed` is what the rules file lists. */
  constructor(listed: Iterable<Listed>) {
    for (const { image, isRepository, choice } of listed) {
      const located = locate(image);
      if (located === undefined) continue;
      if (isRepository) append(this.#repositories, formatRepository(located.repository), choice);
      else append(this.#images, formatLocated(located), choice);
    }
  }

  /** Returns an entry with its choice: once for each of its entries in the rules file. */
  applyTo(one: Listed): readonly Listed[] {
    const located = locate(one.image);
    if (located === undefined) return [one];
    const { place, image, isRepository } = one;
    const ofRepository = this.#repositories.get(formatRepository(located.repository)) ?? [];
    const ofImage = isRepository ? [] : (this.#images.get(formatLocated(located)) ?? []);
    const choices = [...ofImage, ...ofRepository];
    if (choices.length === 0) return [one];
    return choices.map((choice) => listedAt(place, image, isRepository, choice));
  }
}
