import type { Diagnostic, Position } from '../../rules/diagnostic.ts';
import { formatPath } from '../../rules/format-path.ts';
import { positionOfKey } from '../../rules/key-positions.ts';
import type { RegistryEntry } from '../../rules/registries.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { RulesFile } from '../../rules/schema.ts';
import { notExpressible } from './target.ts';

/** Keys that do not say what happens to a Pod's images: no target reads them, and none reports it. */
type KeyOfOthers = 'expect' | 'workloads' | 'sync';
/** FileKey is a key of the rules file that says what happens besides its `rules`. */
type FileKey = Exclude<keyof RulesFile, '$schema' | 'version' | 'mirror' | 'rules' | KeyOfOthers>;

/**
 * LeftOutKeys says for each key why a target leaves it out; undefined for a key that it reads, or
 * reports itself. No key may be missing: a new one would be left out without a report. `registries`
 * is about pull secrets.
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

/** Returns where the key is: of `registries`, the first pull secrets. */
function positionIn(ruleSet: RuleSet, key: FileKey): Position {
  const entry = key === 'registries' ? ruleSet.registries.entries.find(namesSecrets) : undefined;
  return positionOfKey(
    ruleSet,
    entry === undefined ? key : formatPath(['registries', entry.key, 'pullSecrets']),
  );
}

/** Reports whether it makes a difference that the key is there. */
function isUsed(key: FileKey, { file, exits, registries }: RuleSet): boolean {
  // Which exits are open is read by whatever reads the way out; what is left is a denial.
  if (key === 'exits') return exits.size === 0;
  // Connections are for nodes, whose targets report what they cannot say of them. The rest is for
  // sync.
  if (key === 'registries') return registries.hasPullSecrets;
  return file[key] !== undefined && file[key] !== false;
}

function namesSecrets({ facts }: RegistryEntry): boolean {
  return (facts.pullSecrets ?? []).length > 0;
}
