import { nodeReference } from '../reference/reference.ts';
import { placeOf } from '../rules/place.ts';
import type { Rule } from '../rules/rule-set.ts';
import { splitSuffix } from '../rules/suffix.ts';
import type { Decision } from './decide.ts';

/** Collision is different images that would be pulled as one. */
export interface Collision {
  readonly becomes: string;
  /** One spelling of each image. */
  readonly images: readonly string[];
  /** The rule that gave the first of them this name. */
  readonly rule: Rule;
}

/** The part of a decision that a search for collisions needs. */
type Decided = Omit<Decision, 'reason' | 'earlier'> & {
  readonly reason: string;
  readonly earlier?: Decision['earlier'];
};

/** An image that a rule gave a name, for which no other image has been seen so far. */
interface First {
  readonly image: string;
  readonly from: string;
  readonly rule: Rule;
  readonly scope: string;
}

/** Images that got one name, each by its identity. */
interface Meeting extends Omit<Collision, 'images'> {
  readonly images: Map<string, string>;
}

/**
 * CollisionSearch finds collisions among images that are given one by one; `checkRules` reports
 * those that the rules alone reveal. Time and memory grow with the number of images.
 */
export class CollisionSearch {
  readonly #firsts = new Map<string, First>();
  readonly #meeting = new Map<string, Meeting>();

  /**
   * Adds an image with its decision. `scope` differs for rules of different files. Each step of a
   * decision is looked at for itself: an image that was written with the name that the first rule
   * gives is the same image.
   */
  add(image: string, decision: Decided, scope = ''): void {
    let from = image;
    for (const { action, reason, rule, image: name } of [...(decision.earlier ?? []), decision]) {
      if (action !== 'rewrite' || reason !== 'rule' || rule === undefined) continue;
      this.#addStep(name, { image, from, rule, scope }, decision.image);
      from = name;
    }
  }

  /** Lists the collisions so far, in the order in which they came up. */
  found(): Collision[] {
    return [...this.#meeting.values()].flatMap(({ becomes, rule, images }) =>
      images.size < 2 ? [] : { becomes, rule, images: [...images.values()] },
    );
  }

  #addStep(written: string, step: First, becomes: string): void {
    const name = splitSuffix(written).suffix === '' ? `${written}:latest` : written;
    const first = this.#firsts.get(name);
    if (first === undefined) {
      this.#firsts.set(name, step);
      return;
    }
    // The same image many times over is no collision, and looking closer costs more.
    if (first.from === step.from && first.rule === step.rule) return;
    const meeting = this.#meeting.get(name) ?? { becomes, rule: first.rule, images: new Map() };
    this.#meeting.set(name, meeting);
    for (const each of [first, step]) {
      const identity = identityOf(each);
      if (!meeting.images.has(identity)) meeting.images.set(identity, each.image);
    }
  }
}

/**
 * Returns a text that is the same for two spellings of one image, and for the names that one list
 * of the rules declares to be the same.
 */
function identityOf({ from, rule, scope }: First): string {
  const reference = nodeReference(from);
  if (reference === undefined) return from;
  const { tag = 'latest', digest } = reference;
  const { host, repository } = placeOf(reference);
  const { kind, suffix } = rule.origin;
  const origin = kind === 'host' ? `entry ${scope}/${rule.entry}` : host;
  if (suffix !== '') return origin;
  // A digest says what is pulled, wherever it comes from.
  return digest ?? [origin, repository.slice(rule.restStart), tag].join(' ');
}
