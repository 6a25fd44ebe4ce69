import type { Diagnostic, Position } from '../../rules/diagnostic.ts';
import { positionOfKey } from '../../rules/key-positions.ts';
import type { Rule, RuleSet } from '../../rules/rule-set.ts';
import { notExpressible } from '../contract/target.ts';
import { prefixOf } from './mirrors.ts';

/*
 * A node refuses an image that a rule denies and, if it may ask mirrors only, one that its mirror
 * does not have. It must not refuse an image that the rules keep because the rule that keeps it was
 * left out: then it asks the origin.
 */

/** Refusals says by which rules a node may refuse images, and reports the others. */
export interface Refusals {
  readonly refusing: ReadonlySet<Rule>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Given is what a target makes of the rules. */
interface Given {
  readonly written: Iterable<Rule>;
  readonly leftOut: readonly Rule[];
  /** Returns the written rule that takes the images of a rule that is left out. */
  readonly coverOf: (leftOut: Rule) => Rule | undefined;
  /** Reports whether what is written for `cover` is also what the rule that is left out says. */
  readonly isDoneBy?: (cover: Rule, leftOut: Rule) => boolean;
  /** Whether nodes may ask mirrors only. */
  readonly mirrorOnly: boolean;
}

/** Finds the rules by which a node may refuse images without refusing more than they say. */
export function findRefusals(ruleSet: RuleSet, given: Given): Refusals {
  const wouldRefuse = [...given.written].filter((rule) => refuses(rule, given.mirrorOnly));
  const pods = (['namespaces', 'skip'] as const).find((key) => ruleSet.file[key] !== undefined);
  if (pods !== undefined)
    return {
      refusing: new Set(),
      diagnostics: aboutPods(pods, wouldRefuse, positionOfKey(ruleSet, pods)),
    };
  const refusing = new Set(wouldRefuse);
  const diagnostics: Diagnostic[] = [];
  for (const rule of given.leftOut) {
    const cover = given.coverOf(rule);
    if (cover === undefined || !refusing.has(cover) || !isException(rule, cover)) continue;
    refusing.delete(cover);
    const why = whyLenient(cover, prefixOf(rule));
    diagnostics.push(notExpressible(cover, `"${cover.from}": ${why}`));
  }
  return {
    refusing,
    diagnostics: [...diagnostics, ...lenientToo(new Set(wouldRefuse), refusing, given)],
  };
}

/** Reports rules of which the origin is still asked because another rule is written for them. */
function lenientToo(
  wouldRefuse: ReadonlySet<Rule>,
  refusing: ReadonlySet<Rule>,
  { leftOut, coverOf, isDoneBy = () => false }: Given,
): Diagnostic[] {
  return leftOut.flatMap((rule) => {
    const cover = coverOf(rule);
    if (rule.action !== 'rewrite' || cover === undefined || !isDoneBy(cover, rule)) return [];
    if (!wouldRefuse.has(cover) || refusing.has(cover)) return [];
    const why = `the target handles it as "${cover.from}", so it still asks the origin of these`;
    return [notExpressible(rule, `"${rule.from}": ${why}`)];
  });
}

function refuses({ action }: Rule, mirrorOnly: boolean): boolean {
  return action === 'deny' || (action === 'rewrite' && mirrorOnly);
}

/** Where the mirror is another one, `mirrorOnly` forbids the origin all the same. */
function isException({ action }: Rule, cover: Rule): boolean {
  return cover.action === 'deny' ? action !== 'deny' : action === 'keep';
}

function whyLenient({ action }: Rule, exception: string): string {
  return action === 'deny'
    ? `the target would refuse images of ${exception} too, so it refuses none of these`
    : `the target cannot leave out ${exception}, so it still asks the origin of these`;
}

/** The images of Pods that the file leaves alone are kept, and a node does not know them. */
function aboutPods(key: string, rules: readonly Rule[], position: Position): Diagnostic[] {
  const denials = rules.filter(({ action }) => action === 'deny');
  const why = `a node does not know the Pods that ${key} leaves alone`;
  const about = denials.map((rule) =>
    notExpressible(rule, `"${rule.from}": ${why}, so it refuses nothing`),
  );
  if (denials.length === rules.length) return about;
  return [...about, notExpressible(position, `mirror only: ${why}, so it still asks the origin`)];
}

/**
 * Keeps the registries that a rule denies and that a node must not refuse. A registry that is named
 * stays named: what holds for every other registry is not for it.
 */
export function withdrawDenials(hosts: Map<string, Rule>, refusing: ReadonlySet<Rule>): void {
  for (const [host, rule] of hosts) {
    if (rule.action !== 'deny' || refusing.has(rule)) continue;
    if (rule.origin.kind === 'any') hosts.delete(host);
    else hosts.set(host, { ...rule, action: 'keep' });
  }
}
