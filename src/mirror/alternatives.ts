import { append } from '../rules/append.ts';
import type { Rule, RuleSet } from '../rules/rule-set.ts';
import { formatLocated, type Located, locate } from './located.ts';

/** Origins are the places where one image can be read, in the order in which they are asked. */
export interface Origins {
  /** The same for all names of an image that a `from` list gives it; undefined without a list. */
  readonly group: string | undefined;
  readonly places: readonly Located[];
}

/**
 * Returns where an image can be read that `rule` matched: the names in one rule's `from` list are
 * the same images, so if one origin fails the next is asked. If each has a place of its own at the
 * mirror, by ${registry}, they are not.
 */
export function originsOf(listed: Located, rule: Rule, ruleSet: RuleSet): Origins {
  const names = namesOf(ruleSet).get(rule.entry) ?? [];
  const rest = listed.repository.name.slice(rule.restStart);
  const suffix = listed.digest === undefined ? `:${listed.tag}` : `@${listed.digest}`;
  const isList =
    names.length > 1 &&
    names.every(({ origin }) => origin.kind === 'host') &&
    names.every(({ destination }) => destination?.name === rule.destination?.name);
  if (!isList) return { group: undefined, places: [listed] };
  const others = names.flatMap((other) => placeIn(other, rest, suffix) ?? []);
  const places = new Map([listed, ...others].map((one) => [formatLocated(one), one]));
  const isImage = rule.origin.suffix !== '';
  return {
    group: `rule ${rule.entry} ${isImage ? '' : rest + suffix}`,
    places: [...places.values()],
  };
}

const namesByEntry = new WeakMap<RuleSet, Map<number, Rule[]>>();

/** Returns the names of each `from` list: looking for them again for each image takes too long. */
function namesOf(ruleSet: RuleSet): ReadonlyMap<number, readonly Rule[]> {
  const known = namesByEntry.get(ruleSet);
  if (known !== undefined) return known;
  const names = new Map<number, Rule[]>();
  for (const rule of ruleSet.rules) append(names, rule.entry, rule);
  namesByEntry.set(ruleSet, names);
  return names;
}

function placeIn({ origin }: Rule, rest: string, suffix: string): Located | undefined {
  const isImage = origin.suffix !== '';
  const name = [origin.host, origin.path, isImage ? '' : rest].filter((part) => part !== '');
  return locate(name.join('/') + (isImage ? origin.suffix : suffix));
}
