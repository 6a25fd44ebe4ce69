import type { Diagnostic, Position } from '../../rules/diagnostic.ts';
import { positionOfKey } from '../../rules/key-positions.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { RulesFile } from '../../rules/schema.ts';
import { notExpressible } from './target.ts';

/** FileKey is a key of the rules file that says what happens besides its `rules`. */
type FileKey = Exclude<keyof RulesFile, '$schema' | 'version' | 'mirror' | 'rules'>;

/**
 * LeftOutKeys says for each key why a target leaves it out; undefined for a key that it reads, or
 * reports itself. No key may be missing: a new one would be left out without a report.
 */
export type LeftOutKeys = Readonly<Record<FileKey, string | undefined>>;

/** Reports each key of the file that a target leaves out, once. */
export function reportLeftOut(ruleSet: RuleSet, leftOut: LeftOutKeys): Diagnostic[] {
  const keys = Object.keys(leftOut) as FileKey[];
  return keys.flatMap((key) => {
    const why = leftOut[key];
    return why === undefined || !isUsed(key, ruleSet)
      ? []
      : [notExpressible(positionIn(ruleSet, key), `${key}: ${why}`)];
  });
}

/** Returns where the key is: `pullSecrets` may be in rules only. */
function positionIn(ruleSet: RuleSet, key: FileKey): Position {
  const inRule = ruleSet.rules.find(({ pullSecrets }) => pullSecrets.length > 0);
  const isOfRules = key === 'pullSecrets' && ruleSet.file.pullSecrets === undefined;
  return isOfRules && inRule !== undefined ? inRule : positionOfKey(ruleSet, key);
}

/** Reports whether it makes a difference that the key is there. */
function isUsed(key: FileKey, { file, rules, exits }: RuleSet): boolean {
  // Which exits are open is read by whatever reads the way out; what is left is a denial.
  if (key === 'exits') return exits.size === 0;
  if (key === 'pullSecrets') return rules.some(({ pullSecrets }) => pullSecrets.length > 0);
  return file[key] !== undefined && file[key] !== false;
}
