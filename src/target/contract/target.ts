import type { Diagnostic, Position } from '../../rules/diagnostic.ts';
import type { Rule, RuleSet } from '../../rules/rule-set.ts';
import type { TargetInputs, TargetOptions, TargetSettings } from './options.ts';

/** TargetDocument is a file that a target consists of. */
export interface TargetDocument {
  /** Relative to the folder that `--output` names; what is printed for targets of one document. */
  readonly path: string;
  readonly text: string;
}

/** Compiled is what rules compile to, with what the target cannot express. */
export interface Compiled {
  readonly documents: readonly TargetDocument[];
  /**
   * `not-expressible` for each rule that would be decided otherwise, as a note where few of its
   * images are; `no-credentials` for mirrors that nodes cannot log in to.
   */
  readonly diagnostics: readonly Diagnostic[];
}

/** What a target can say of the rules file. */
type Ability = 'yes' | 'partly' | 'no';

/** Target is a form that `detour compile` writes the rules in. */
export interface Target {
  /** As in `detour compile NAME`. */
  readonly name: string;
  /** What it is, in a line. */
  readonly title: string;
  readonly abilities: Readonly<
    Record<'paths' | 'wildcards' | 'keep' | 'deny' | 'library' | 'namespaces' | 'bypass', Ability>
  >;
  /** The options without which there is nothing to compile. */
  readonly needs?: readonly (keyof TargetInputs)[];
  /** The options that make a difference to it. */
  readonly takes?: readonly (keyof TargetSettings)[];
  compile(ruleSet: RuleSet, options: TargetOptions): Compiled;
}

/**
 * Returns the first comment of a document; by `detour compile` in it, `--check` recognizes our
 * files in a folder.
 */
export function madeBy(name: string, about = ''): string {
  return `From the rules file by \`detour compile ${name}\`${about}.`;
}

/**
 * Reports a rule that the target would decide otherwise, or a part of the file: see positionOfKey.
 * Without a position it is about the file as a whole.
 */
export function notExpressible(position: Position | undefined, message: string): Diagnostic {
  return {
    line: position?.line ?? 1,
    column: position?.column ?? 1,
    code: 'not-expressible',
    severity: 'warning',
    message,
  };
}

/**
 * Notes that the target would decide a few images of a rule otherwise: the rest of the rule still
 * holds.
 */
export function exceptFor(rule: Rule, message: string): Diagnostic {
  return { ...notExpressible(rule, message), severity: 'note' };
}
