import type { ManifestImage } from '../../manifest/find-images.ts';
import type { Diagnostic } from '../../rules/diagnostic.ts';
import type { Rule, RuleSet } from '../../rules/rule-set.ts';

/** A file that a target consists of. */
export interface TargetDocument {
  /** Relative to the folder that `--output` names; what is printed for targets of one document. */
  readonly path: string;
  readonly text: string;
}

/** An image that the target is for, with the file that it stands in. */
export interface FoundImage extends ManifestImage {
  readonly file: string;
}

/** What rules compile to, and what of them the target cannot say. */
export interface Compiled {
  readonly documents: readonly TargetDocument[];
  /**
   * `not-expressible` for each rule that would be decided otherwise, as a note where few of its images are;
   * `no-credentials` for mirrors that nodes cannot log in to.
   */
  readonly diagnostics: readonly Diagnostic[];
}

export interface TargetOptions {
  /** What the objects are called. */
  readonly name: string;
  /** Never pull from the origin, where the target can say that. */
  readonly mirrorOnly: boolean;
  /** The API version of admission policies. */
  readonly api: 'v1' | 'v1beta1';
  /** What a validating policy does with what it finds. */
  readonly mode: 'warn' | 'audit' | 'deny';
  /** What stands in the manifests that the target is for. */
  readonly images?: readonly FoundImage[];
  /** Where `detour serve` is called, https. */
  readonly url?: string;
  /** The CA of its certificate, PEM. */
  readonly caBundle?: string;
}

/** What a target can say of the rules file. */
type Ability = 'yes' | 'partly' | 'no';

export interface Target {
  /** As in `detour compile NAME`. */
  readonly name: string;
  /** What it is, in a line. */
  readonly title: string;
  readonly abilities: Readonly<
    Record<'paths' | 'wildcards' | 'keep' | 'deny' | 'library' | 'namespaces' | 'bypass', Ability>
  >;
  /** The options without which there is nothing to compile. */
  readonly needs?: readonly ('images' | 'url' | 'caBundle')[];
  /** The options that make a difference to it. */
  readonly takes?: readonly ('name' | 'api' | 'mode' | 'mirrorOnly')[];
  compile(ruleSet: RuleSet, options: TargetOptions): Compiled;
}

/** What stands at the top of a text; by `detour compile` `--check` knows which files of a folder are ours. */
export function madeBy(name: string, about = ''): string {
  return `From the rules file by \`detour compile ${name}\`${about}.`;
}

/** A rule that the target would decide otherwise, or a part of the file (without a rule). */
export function notExpressible(rule: Rule | undefined, message: string): Diagnostic {
  return {
    line: rule?.line ?? 1,
    column: rule?.column ?? 1,
    code: 'not-expressible',
    severity: 'warning',
    message,
  };
}

/** Few images of a rule that the target would decide otherwise: good to know, but the rule is not lost. */
export function exceptFor(rule: Rule, message: string): Diagnostic {
  return { ...notExpressible(rule, message), severity: 'note' };
}
