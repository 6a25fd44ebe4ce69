import type { Rule, RuleSet } from '../../rules/rule-set.ts';
import { itemOf } from './item.ts';
import { namedRules } from './names.ts';
import { table } from './table.ts';
import type { Variable } from './variables.ts';

/*
 * How what a rule writes ends: decision/written-image.ts in CEL. Tables hold only the rules that
 * shape the path or have a tag or a digest of their own; without such rules nothing is looked up.
 */

/** Reads what a rule writes; the name has a slash at its end. */
export const writtenItem = itemOf('pointer', 'suffix', 'name', 'key');

/** Results says how the ends of results are written, by the name of the rule. */
export interface Results {
  readonly variables: readonly Variable[];
  /** Writes the rest of a repository, which ends with a slash unless it is empty, as the rule says. */
  shaped(rest: string, key: string): string;
  /** Writes the tag and the digest: those of the rule, else those of the image. */
  suffix(key: string, ofImage: string): string;
}

/** Makes the tables of what rules say of the ends of their results. */
export function resultsOf(ruleSet: RuleSet): Results {
  const rules = [...namedRules(ruleSet)];
  const ofRules = (what: (rule: Rule) => string | undefined) =>
    rules.flatMap(([key, rule]) => {
      const value = what(rule);
      return value ? [[key, value] as const] : [];
    });
  const shapes = table(
    'shapes',
    ofRules(({ destination, shape }) => (destination && shape !== 'whole' ? shape : undefined)),
  );
  const suffixes = table(
    'suffixes',
    ofRules(({ destination }) => destination?.suffix),
  );
  return {
    variables: [...shapes.variables, ...suffixes.variables],
    shaped: (rest, key) =>
      shapes.variables.length === 0
        ? rest
        : `[${shapes.get(key, '""')}].map(s, s == "" ? ${rest} : s == "last" ? ${last(rest)} : [${rest}].map(r, ${joined})[0])[0]`,
    suffix: (key, ofImage) =>
      suffixes.variables.length === 0 ? ofImage : suffixes.get(key, ofImage),
  };
}

const last = (rest: string) => `${rest}.find("[^/]*/$")`;
/** Replaces all slashes but the one at the end. */
const joined = 'r.replace("/", "-", size(r.split("/")) - 2)';
