import { findRule } from './find-rule.ts';
import { splitTarget } from './origin.ts';
import { type Rule, type RuleSet, registryVariable } from './rule-set.ts';

/** Comparisons of two rules that a file may cost, for each of its rules. */
const comparisonsEach = 100;

/** Finds rules that send images to one place although nothing says that they are the same images. */
export class Collisions {
  readonly #ruleSet: RuleSet;
  readonly #byTarget: ReadonlyMap<string, readonly Rule[]>;
  readonly #byEntry: ReadonlyMap<number, readonly Rule[]>;
  /** Which segments are ${registry} in some `to`. */
  readonly #variableSegments = new Set<number>();
  #comparisons: number;

  constructor(ruleSet: RuleSet) {
    this.#ruleSet = ruleSet;
    this.#byTarget = groupByTarget(ruleSet.rules);
    this.#byEntry = groupByEntry(ruleSet.rules);
    this.#comparisons = comparisonsEach * ruleSet.rules.length + 10_000;
    for (const { to, isTemplate } of ruleSet.rules) {
      if (isTemplate) this.#variableSegments.add(to.split('/').indexOf(registryVariable));
    }
  }

  /** Whether every rule was compared with each that it could collide with. */
  get isComplete(): boolean {
    return this.#comparisons >= 0;
  }

  /** Whether the rule's `from` is not one of a list. */
  isAlone(rule: Rule): boolean {
    return (this.#byEntry.get(rule.entry) ?? []).length === 1;
  }

  /** Returns a rule that `rule` collides with. */
  of(rule: Rule): Rule | undefined {
    const { registry, path } = splitTarget(rule.to);
    const segments = path === '' ? [] : path.split('/');
    for (let length = segments.length; length >= 0; length--) {
      const above = [registry, ...segments.slice(0, length)].join('/');
      const rest = segments.slice(length).join('/');
      const other = this.#first(above, rule, (one) => this.#meets(one, rest, rule));
      if (other !== undefined) return other;
      const template = rest === '' ? this.#templateOf(rule, above) : undefined;
      if (template !== undefined) return template;
    }
    return undefined;
  }

  /** A rule with ${registry} where `to` has a host that the rule is for. */
  #templateOf(rule: Rule, to: string): Rule | undefined {
    const segments = to.split('/');
    for (const at of this.#variableSegments) {
      const host = segments[at];
      if (host === undefined || at === 0) continue;
      const template = segments.with(at, registryVariable).join('/');
      const found = this.#first(template, rule, ({ origin }) =>
        origin.kind === 'any' ? host.includes('.') : host.endsWith(origin.host),
      );
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The first rule of another entry, with this `to`, that matches. */
  #first(to: string, rule: Rule, matches: (other: Rule) => boolean): Rule | undefined {
    for (const other of this.#byTarget.get(to) ?? []) {
      if (other.entry === rule.entry) continue;
      if (!this.#spend(1)) return undefined;
      if (matches(other)) return other;
    }
    return undefined;
  }

  /** Whether images of `other` below `rest` end where those of `rule` do, and nothing says that they are the same. */
  #meets(other: Rule, rest: string, rule: Rule): boolean {
    // Of two wildcards a host belongs to one, and ${registry} keeps hosts apart.
    if (other.isTemplate && rule.isTemplate) return false;
    // For the same place the later rule of the file is reported, once.
    if (rest === '') return other.entry < rule.entry;
    const sameAsOther = this.#byEntry.get(other.entry) ?? [];
    if (!this.#spend(sameAsOther.length)) return false;
    const owners = sameAsOther.map((one) => this.#ownerBelow(one, rest));
    // What one of the list's names says below `rest` it says for all of them.
    if (owners.some((owner) => owner?.entry === rule.entry)) return false;
    return owners.some((owner) => owner?.entry === other.entry);
  }

  #ownerBelow(rule: Rule, rest: string): Rule | undefined {
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

/** One rule of each entry: those of one entry never collide. */
function groupByTarget(rules: readonly Rule[]): Map<string, Rule[]> {
  const groups = new Map<string, Rule[]>();
  for (const rule of rules) {
    if (rule.action !== 'rewrite') continue;
    const { registry, path } = splitTarget(rule.to);
    const key = path === '' ? registry : `${registry}/${path}`;
    if (groups.get(key)?.at(-1)?.entry !== rule.entry) append(groups, key, rule);
  }
  return groups;
}

function append<Key>(groups: Map<Key, Rule[]>, key: Key, rule: Rule): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [rule]);
  else group.push(rule);
}
