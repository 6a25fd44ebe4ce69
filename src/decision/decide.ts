import {
  canonicalHost,
  dockerHub,
  officialPrefix,
  withoutOfficialPrefix,
} from '../reference/docker-hub.ts';
import { scanPath } from '../reference/grammar.ts';
import {
  formatTagAndDigest,
  nodeReference,
  parseReference,
  type Reference,
  registryEnd,
} from '../reference/reference.ts';
import { registryVariable } from '../rules/destination.ts';
import { findRule, isMirrored, type LookupContext } from '../rules/find-rule.ts';
import { admitsNamespace } from '../rules/glob.ts';
import { asSegment } from '../rules/origin.ts';
import { maxNameLength, type RewriteRule, type Rule, type RuleSet } from '../rules/rule-set.ts';

/** Reason is why a decision was made. */
export type Reason =
  | 'rule' // rewritten, kept or denied by the rule
  | 'bypass' // the bypass prefix was taken off
  | 'no-rule'
  | 'already-mirrored' // it is under some rule's destination
  | 'placeholder' // another webhook replaces it
  | 'unparsable' // the grammar does not accept it
  | 'unwritable' // the result is not a valid reference, or is too long
  | 'over-budget' // the review needs more work than its size allows
  | 'namespace' // the file does not apply in the namespace
  | 'bypassed'; // taken to its origin earlier; the Pod carries the mark

/** Decision is what the rules make of one image. */
export interface Decision {
  readonly action: 'rewrite' | 'keep' | 'deny';
  readonly reason: Reason;
  /** The rule that decided, where one did. */
  readonly rule: Rule | undefined;
  /** What is to be pulled: for `keep` and `deny` the image as it was written. */
  readonly image: string;
}

/**
 * DecisionContext is the namespace that the image was found in, and the work that deciding may
 * take.
 */
export type DecisionContext = LookupContext;

/**
 * Stands for the image that Istio's injector puts in its place: gateways and customized sidecars
 * have it. The injector compares it by the letter.
 */
export const placeholder = 'auto';

/** Decides what the rules make of `image`. Total: any string gives a decision. */
export function decide(image: string, ruleSet: RuleSet, context: DecisionContext): Decision {
  const decision = decideWithin(image, ruleSet, context);
  return context.budget?.isSpent ? decideUnasked(image, ruleSet) : decision;
}

/**
 * Decides an image for which the budget has no work left: a rule set that denies must not let it
 * pass.
 */
export function decideUnasked(image: string, { denies }: RuleSet): Decision {
  const action = denies ? 'deny' : 'keep';
  return { action, reason: 'over-budget', rule: undefined, image };
}

function decideWithin(image: string, ruleSet: RuleSet, context: DecisionContext): Decision {
  const { namespace, budget } = context;
  budget?.add(image);
  if (!admitsNamespace(ruleSet.file.namespaces, namespace, budget)) return keep(image, 'namespace');
  if (ruleSet.bypass !== '' && image.startsWith(ruleSet.bypass)) return bypass(image, ruleSet);
  if (image === placeholder && ruleSet.exits.has('placeholder')) return keep(image, 'placeholder');
  const reference = nodeReference(image);
  if (reference === undefined) return keep(image, 'unparsable');
  const host = canonicalHost(reference.registry);
  const repository = ruleRepository(reference, host);
  if (isMirrored(ruleSet, host, repository, budget)) return keep(image, 'already-mirrored');
  const rule = findRule(ruleSet, host, repository, context);
  if (rule === undefined) return keep(image, 'no-rule');
  if (rule.action !== 'rewrite') return { action: rule.action, reason: 'rule', rule, image };
  const written = rewrite(reference, host, repository, rule);
  if (written !== undefined) return { action: 'rewrite', reason: 'rule', rule, image: written };
  // Where every exit is closed, an image that cannot be sent to the mirror must not stay as it is.
  const action = ruleSet.exits.size === 0 ? 'deny' : 'keep';
  return { action, reason: 'unwritable', rule, image };
}

function keep(image: string, reason: Reason): Decision {
  return { action: 'keep', reason, rule: undefined, image };
}

/**
 * Takes the prefix off as text: `direct.to/localhost:5000/x@sha256:…` is not a reference before it
 * is gone.
 */
function bypass(image: string, ruleSet: RuleSet): Decision {
  const origin = image.slice(ruleSet.bypass.length);
  if (parseReference(origin) === undefined) return keep(image, 'unwritable');
  return { action: 'rewrite', reason: 'bypass', rule: undefined, image: origin };
}

/**
 * Returns the repository as rules see it: Docker Hub's official images are in `library/` under each
 * of Docker Hub's names.
 */
export function ruleRepository({ registry, repository }: Reference, host: string): string {
  const isAliased = host === dockerHub && registry !== dockerHub;
  return isAliased && !repository.includes('/') ? officialPrefix + repository : repository;
}

function rewrite(
  reference: Reference,
  host: string,
  repository: string,
  rule: RewriteRule,
): string | undefined {
  const { name: to, isTemplate } = rule.destination;
  const rest = restOf(reference, host, repository, rule);
  const segment = isTemplate ? registrySegment(reference, host) : '';
  // Not every host can be a part of a path: `[::1]` cannot.
  if (isTemplate && scanPath(segment, 0) !== segment.length) return undefined;
  const above = isTemplate ? to.replaceAll(registryVariable, segment) : to;
  const name = rest === '' ? above : `${above}/${rest}`;
  if (name.length > maxNameLength) return undefined;
  const image = name + formatTagAndDigest(reference);
  // Right parts make a right whole, but for a `to` that is only a registry.
  return rest !== '' || isFullReference(image) ? image : undefined;
}

function registrySegment(reference: Reference, host: string): string {
  // A path has no upper-case letters, and hosts do not differ by case.
  return asSegment(host === dockerHub ? host : reference.registry.toLowerCase());
}

function isFullReference(image: string): boolean {
  return registryEnd(image) !== -1 && parseReference(image) !== undefined;
}

/**
 * Returns what follows the rule's `from` in the repository; the rule says whether `library/` is
 * part of it.
 */
function restOf(reference: Reference, host: string, repository: string, rule: Rule): string {
  if (rule.restStart > 0) return repository.slice(rule.restStart);
  if (host !== dockerHub || rule.library === 'always') return repository;
  if (rule.library === 'as-written') return reference.writtenRepository;
  return withoutOfficialPrefix(repository);
}
