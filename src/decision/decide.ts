import {
  dockerHub,
  formatTagAndDigest,
  nodeReference,
  parseReference,
  type Reference,
  registryEnd,
} from '../reference/reference.ts';
import { admitsNamespace } from '../rules/glob.ts';
import { asSegment, ruleHost } from '../rules/origin.ts';
import {
  findRule,
  isMirrored,
  maxNameLength,
  type Rule,
  type RuleSet,
  registryVariable,
} from '../rules/rule-set.ts';

/** Why a decision is what it is. */
export type Reason =
  | 'rule' // rewritten, kept or denied by the rule
  | 'bypass' // the bypass prefix was taken off
  | 'no-rule'
  | 'already-mirrored' // it lies below some rule's `to`
  | 'unparsable' // the grammar does not accept it
  | 'unwritable' // what it would become is no valid reference, or too long
  | 'namespace' // the file does not hold in the namespace
  | 'bypassed'; // taken to its origin earlier; the Pod carries the mark

/** What the rules say of one image. */
export interface Decision {
  readonly action: 'rewrite' | 'keep' | 'deny';
  readonly reason: Reason;
  /** The rule that decided, where one did. */
  readonly rule: Rule | undefined;
  /** What is to be pulled: for `keep` and `deny` the image as it was written. */
  readonly image: string;
}

/** Where the image was found. */
export interface DecisionContext {
  /** As kubectl, `default` where nothing else is known. Undefined for all namespaces at once: then every rule holds. */
  readonly namespace: string | undefined;
}

const library = 'library/';

/** What the rules say of `image`. Total: any string gives a decision. */
export function decide(image: string, ruleSet: RuleSet, { namespace }: DecisionContext): Decision {
  if (!admitsNamespace(ruleSet.file.namespaces, namespace)) return keep(image, 'namespace');
  if (ruleSet.bypass !== '' && image.startsWith(ruleSet.bypass)) return bypass(image, ruleSet);
  const reference = nodeReference(image);
  if (reference === undefined) return keep(image, 'unparsable');
  const host = ruleHost(reference.registry);
  const repository = ruleRepository(reference, host);
  if (isMirrored(ruleSet, host, repository)) return keep(image, 'already-mirrored');
  const rule = findRule(ruleSet, host, repository, namespace);
  if (rule === undefined) return keep(image, 'no-rule');
  if (rule.action !== 'rewrite') return { action: rule.action, reason: 'rule', rule, image };
  const written = rewrite(reference, host, repository, rule);
  if (written === undefined) return { action: 'keep', reason: 'unwritable', rule, image };
  return { action: 'rewrite', reason: 'rule', rule, image: written };
}

function keep(image: string, reason: Reason): Decision {
  return { action: 'keep', reason, rule: undefined, image };
}

/** The prefix is taken off as text: `direct.to/localhost:5000/x@sha256:…` is no reference before it is gone. */
function bypass(image: string, ruleSet: RuleSet): Decision {
  const origin = image.slice(ruleSet.bypass.length);
  if (parseReference(origin) === undefined) return keep(image, 'unwritable');
  return { action: 'rewrite', reason: 'bypass', rule: undefined, image: origin };
}

/** The repository as rules see it: Docker Hub's official images lie below `library/` under each of its names. */
export function ruleRepository({ registry, repository }: Reference, host: string): string {
  const isAliased = host === dockerHub && registry !== dockerHub;
  return isAliased && !repository.includes('/') ? library + repository : repository;
}

function rewrite(
  reference: Reference,
  host: string,
  repository: string,
  rule: Rule,
): string | undefined {
  const { to, isTemplate } = rule;
  const rest = restOf(reference, host, repository, rule);
  const target = isTemplate
    ? to.replaceAll(registryVariable, registrySegment(reference, host))
    : to;
  const name = rest === '' ? target : `${target}/${rest}`;
  if (name.length > maxNameLength) return undefined;
  const image = name + formatTagAndDigest(reference);
  // Right parts make a right whole, but for a host as ${registry} (`[::1]`) and a `to` that is nothing but a registry.
  const isSure = !isTemplate && rest !== '';
  return isSure || isFullReference(image) ? image : undefined;
}

function registrySegment(reference: Reference, host: string): string {
  return asSegment(host === dockerHub ? host : reference.registry);
}

function isFullReference(image: string): boolean {
  return registryEnd(image) !== -1 && parseReference(image) !== undefined;
}

/** What follows the rule's `from` in the repository; whether `library/` is part of it is for the rule to say. */
function restOf(reference: Reference, host: string, repository: string, rule: Rule): string {
  if (rule.restStart > 0) return repository.slice(rule.restStart);
  if (host !== dockerHub || rule.library === 'always') return repository;
  if (rule.library === 'as-written') return reference.writtenRepository;
  return repository.startsWith(library) ? repository.slice(library.length) : repository;
}
