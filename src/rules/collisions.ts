import { type Destination, registryVariable } from './destination.ts';
import { findRule } from './find-rule.ts';
import type { RewriteRule, Rule, RuleSet } from './rule-set.ts';

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
  /** Which segments of a path are ${registry} in some destination. */
  readonly #variableSegments = new Set<number>();
  #comparisons: number;

  constructor(ruleSet: RuleSet) {
    this.#ruleSet = ruleSet;
    this.#byDestination = groupByDestination(ruleSet.rules);
    this.#byEntry = groupByEntry(ruleSet.rules);
    this.#comparisons = comparisonsEach * ruleSet.rules.length + 10_000;
    for (const { destination } of ruleSet.rules) {
      if (destination?.isTemplate)
        this.#variableSegments.add(segmentsOf(destination).indexOf(registryVariable));
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
    const { host } = rule.destination;
    const segments = segmentsOf(rule.destination);
    for (let length = segments.length; length >= 0; length--) {
      const above = keyOf(host, segments.slice(0, length));
      const rest = segments.slice(length).join('/');
      const other = this.#first(above, rule, (one) => this.#meets(one, rest, rule));
      if (other !== undefined) return other;
      const template = rest === '' ? this.#templateOf(rule) : undefined;
      if (template !== undefined) return template;
    }
    return undefined;
  }

  /** Returns a rule with ${registry} where the destination of `rule` has a host that it is for. */
  #templateOf(rule: RewriteRule): Rule | undefined {
    const segments = segmentsOf(rule.destination);
    for (const at of this.#variableSegments) {
      const segment = segments[at];
      if (segment === undefined) continue;
      const template = keyOf(rule.destination.host, segments.with(at, registryVariable));
      const found = this.#first(template, rule, ({ origin }) =>
        origin.kind === 'any' ? segment.includes('.') : segment.endsWith(origin.host),
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
    // Of two wildcards a host belongs to one, and ${registry} keeps hosts apart.
    if (other.destination.isTemplate && rule.destination.isTemplate) return false;
    // For the same place the later rule of the file is reported, once.
    if (rest === '') return other.entry < rule.entry;
    const sameAsOther = this.#byEntry.get(other.entry) ?? [];
    if (!this.#spend(sameAsOther.length)) return false;
    const below = sameAsOther.map((one) => this.#ruleBelow(one, rest));
    // What one of the list's names says below `rest` it says for all of them.
    if (below.some((found) => found?.entry === rule.entry)) return false;
    return below.some((found) => found?.entry === other.entry);
  }

  #ruleBelow(rule: Rule, rest: string): Rule | undefined {
    const { kind, host, path } = rule.origin;
    if (kind !== 'host') return rule;
    return findRule(this.#ruleSet, host, path === '' ? rest : `${path}/${rest}`, {
      namespace: undefined,
    });
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
    const { host, path } = rule.destination;
    const key = path === '' ? host : `${host}/${path}`;
    if (groups.get(key)?.at(-1)?.entry !== rule.entry) append(groups, key, rule);
  }
  return groups;
}

function segmentsOf({ path }: Destination): readonly string[] {
  return path === '' ? [] : path.split('/');
}

function keyOf(host: string, segments: readonly string[]): string {
  return [host, ...segments].join('/');
}

function append<Key, Each>(groups: Map<Key, Each[]>, key: Key, rule: Each): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [rule]);
  else group.push(rule);
}
