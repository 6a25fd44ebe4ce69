import { append } from './append.ts';
import { type Affixes, affixesOf, withVariable } from './destination-index.ts';
import { findRule } from './find-rule.ts';
import type { Place } from './place.ts';
import { type RewriteRule, type Rule, type RuleSet, writtenSuffix } from './rule-set.ts';
import { segmentsOf } from './segments.ts';

/** Comparisons of two rules that a file may cost, for each of its rules. */
const comparisonsEach = 100;

/**
 * Collisions finds rules that send images to one place although nothing says that they are the same
 * images.
 */
export class Collisions {
  readonly #ruleSet: RuleSet;
  readonly #byDestination: ReadonlyMap<string, readonly RewriteRule[]>;
  readonly #byEntry: ReadonlyMap<number, readonly Rule[]>;
  /** Which segments of a path have ${registry} in them in some destination, and where. */
  readonly #variables = new Map<string, Affixes & { readonly at: number }>();
  #comparisons: number;

  constructor(ruleSet: RuleSet) {
    this.#ruleSet = ruleSet;
    this.#byDestination = groupByDestination(ruleSet.rules);
    this.#byEntry = groupByEntry(ruleSet.rules);
    this.#comparisons = comparisonsEach * ruleSet.rules.length + 10_000;
    for (const { destination } of ruleSet.rules) {
      if (destination?.isTemplate) this.#addVariable(segmentsOf(destination.path));
    }
  }

  #addVariable(segments: readonly string[]): void {
    for (const [at, segment] of segments.entries()) {
      const affixes = affixesOf(segment);
      if (affixes === undefined) continue;
      this.#variables.set(`${at} ${affixes.before} ${affixes.after}`, { at, ...affixes });
    }
  }

  /** Reports whether every rule was compared with each that it could collide with. */
  get isComplete(): boolean {
    return this.#comparisons >= 0;
  }

  /** Reports whether the rule's `from` is not one of a list. */
  isAlone(rule: Rule): boolean {
    return (this.#byEntry.get(rule.entry) ?? []).length === 1;
  }

  /** Returns a rule that `rule` collides with. */
  of(rule: RewriteRule): Rule | undefined {
    const isImage = writtenSuffix(rule) !== '';
    return (
      this.#sameAs(rule) ??
      (isImage ? undefined : this.#templateOf(rule)) ??
      this.#above(rule, isImage ? 0 : 1)
    );
  }

  /** Returns an earlier rule that writes the same. */
  #sameAs(rule: RewriteRule): Rule | undefined {
    // Of two wildcards a host belongs to one, and ${registry} keeps hosts apart.
    if (rule.destination.isTemplate) return undefined;
    return this.#first(keyOf(rule), rule, (other) => other.entry < rule.entry);
  }

  /** Returns a rule whose destination lies above that of `rule`, by at least some segments. */
  #above(rule: RewriteRule, least: number): Rule | undefined {
    const { host } = rule.destination;
    const segments = segmentsOf(rule.destination.path);
    for (let length = segments.length - least; length >= 0; length--) {
      const rest = segments.slice(length).join('/');
      const above = nameOf(host, segments.slice(0, length));
      const other = this.#first(above, rule, (one) => this.#meets(one, rest, rule));
      if (other !== undefined) return other;
    }
    return undefined;
  }

  /** Returns a rule with ${registry} where the destination of `rule` has a host that it is for. */
  #templateOf(rule: RewriteRule): Rule | undefined {
    const segments = segmentsOf(rule.destination.path);
    for (const { at, ...affixes } of this.#variables.values()) {
      if (!this.#spend(1)) return undefined;
      const segment = segments[at];
      const template = segment === undefined ? undefined : withVariable(segment, affixes);
      if (segment === undefined || template === undefined) continue;
      const host = segment.slice(affixes.before, segment.length - affixes.after);
      const key = nameOf(rule.destination.host, segments.with(at, template));
      const found = this.#first(key, rule, ({ origin }) =>
        origin.kind === 'any' ? host.includes('.') : host.endsWith(origin.host),
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Returns the first rule of another entry, with this destination, that matches. */
  #first(
    key: string,
    rule: Rule,
    matches: (other: RewriteRule) => boolean,
  ): RewriteRule | undefined {
    for (const other of this.#byDestination.get(key) ?? []) {
      if (other.entry === rule.entry) continue;
      if (!this.#spend(1)) return undefined;
      if (matches(other)) return other;
    }
    return undefined;
  }

  /**
   * Reports whether images of `other` below `rest` end where those of `rule` do, and nothing says
   * that they are the same.
   */
  #meets(other: RewriteRule, rest: string, rule: RewriteRule): boolean {
    if (other.destination.isTemplate && rule.destination.isTemplate) return false;
    // What is written in one segment has nothing below it.
    if (other.shape !== 'whole' && rest !== '') return false;
    const sameAsOther = this.#byEntry.get(other.entry) ?? [];
    if (!this.#spend(sameAsOther.length)) return false;
    // One image of a repository may be sent to another of it.
    if (sameAsOther.some((one) => isAt(rule, placeBelow(one, rest)))) return false;
    const below = sameAsOther.map((one) => this.#ruleBelow(one, rest));
    // What one of the list's names says below `rest` it says for all of them.
    if (below.some((found) => found?.entry === rule.entry)) return false;
    return below.some((found) => found?.entry === other.entry);
  }

  #ruleBelow(rule: Rule, rest: string): Rule | undefined {
    if (rule.origin.kind !== 'host') return rule;
    return findRule(this.#ruleSet, placeBelow(rule, rest), { namespace: undefined });
  }

  #spend(comparisons: number): boolean {
    this.#comparisons -= comparisons;
    return this.#comparisons >= 0;
  }
}

function groupByEntry(rules: readonly Rule[]): Map<number, Rule[]> {
  const groups = new Map<number, Rule[]>();
  for (const rule of rules) append(groups, rule.entry, rule);
  return groups;
}

/** Groups one rule of each entry: those of one entry never collide. */
function groupByDestination(rules: readonly Rule[]): Map<string, RewriteRule[]> {
  const groups = new Map<string, RewriteRule[]>();
  for (const rule of rules) {
    if (rule.action !== 'rewrite') continue;
    const key = keyOf(rule);
    if (groups.get(key)?.at(-1)?.entry !== rule.entry) append(groups, key, rule);
  }
  return groups;
}

/** Names all that a rule writes: what is below its destination, or one image. */
function keyOf(rule: RewriteRule): string {
  const { host } = rule.destination;
  return nameOf(host, segmentsOf(rule.destination.path)) + writtenSuffix(rule);
}

function nameOf(host: string, segments: readonly string[]): string {
  return [host, ...segments].join('/');
}

function placeBelow({ origin: { host, path } }: Rule, rest: string): Place {
  const repository = [path, rest].filter((part) => part !== '').join('/');
  return { host, repository, suffix: '' };
}

/** Reports whether a rule is for one image of a repository. */
function isAt({ origin }: Rule, { host, repository }: Place): boolean {
  return origin.suffix !== '' && origin.host === host && origin.path === repository;
}
