import type { Destination } from './destination.ts';
import { addDestination, type DestinationIndex, mirrorDepth } from './destination-index.ts';
import type { Position } from './diagnostic.ts';
import type { Exit } from './exit-names.ts';
import type { KeyPositions } from './key-positions.ts';
import type { Origin } from './origin.ts';
import type { Registries } from './registries.ts';
import type { NamespaceFilter, RulesFile } from './schema.ts';
import { descend, rootOf, type Tree } from './tree.ts';

/**
 * Limits a name (registry and repository) that is written. The grammar allows 255 for the
 * repository alone, but CRI-O counts the registry too (docs/decisions/0003-longest-name.md).
 */
export const maxNameLength = 255;

interface AnyRule extends Position {
  /** As written. */
  readonly from: string;
  readonly origin: Origin;
  /** Which entry of the file's `rules` it comes from: those of one entry are the same images. */
  readonly entry: number;
  /** How deep its `from` lies, in segments; infinity for one image. */
  readonly depth: number;
  /** Where what is appended to the destination begins in a repository that matches. */
  readonly restStart: number;
  /** What a denied user reads. */
  readonly message: string;
  readonly library: 'as-written' | 'always' | 'never';
  /** How the repository below the `from` is written: as it is, its last segment, or with dashes. */
  readonly shape: 'whole' | 'last' | 'joined';
  readonly namespaces: NamespaceFilter | undefined;
}

/** RewriteRule is a rule with a `to`. */
export interface RewriteRule extends AnyRule {
  readonly action: 'rewrite';
  /** Where the images go. */
  readonly destination: Destination;
}

interface OtherRule extends AnyRule {
  readonly action: 'keep' | 'deny';
  readonly destination: undefined;
}

/** Rule is one `from` with what happens to its images. */
export type Rule = RewriteRule | OtherRule;

/** OriginNode is a segment of the index of repositories. */
export interface OriginNode extends Tree<OriginNode> {
  /** The rule for all that is below. */
  rule?: Rule;
  /** Rules for one image of this repository each, by `:tag` or `@digest`. */
  images?: Map<string, Rule>;
}

/** RuleSet is the rules compiled for finding: what every decision reads. Immutable once built. */
export interface RuleSet {
  /** With its slash (`direct.to/`); empty if there is none or its exit is closed. */
  readonly bypass: string;
  /** The exits that are open. */
  readonly exits: ReadonlySet<Exit>;
  /** One for each `from` of the file. */
  readonly rules: readonly Rule[];
  /** These and what follows from them: all that can decide. */
  readonly indexed: readonly Rule[];
  /** Without what only closed exits would read. */
  readonly file: RulesFile;
  /** Where the keys of the file are; empty if it was not read from a text. */
  readonly keys: KeyPositions;
  readonly hosts: ReadonlyMap<string, OriginNode>;
  readonly below: ReadonlyMap<string, OriginNode>;
  /** How many dots the longest host of `below` has. */
  readonly belowDots: number;
  readonly any: OriginNode | undefined;
  readonly destinations: DestinationIndex;
  /** Hosts of destinations below which a longer `from` decides; undefined if there are none. */
  readonly decidedBelow: ReadonlySet<string> | undefined;
  /** Where rules of namespaces may send images, with what lies below. */
  readonly namespaceDestinations: readonly Destination[];
  /** What the file says about registries. */
  readonly registries: Registries;
  /**
   * Whether some rule denies, or what could not be decided is denied: then no image may slip past
   * undecided.
   */
  readonly denies: boolean;
}

/**
 * Builds the index over `rules` and `derived`, which follow from them. Of two rules with the same
 * origin the later one wins; the loader refuses such files.
 */
export function buildRuleSet(
  given: Pick<RuleSet, 'file' | 'bypass' | 'exits' | 'namespaceDestinations' | 'registries'>,
  rules: readonly Rule[],
  derived: readonly Rule[] = [],
): RuleSet {
  const indexed = [...rules, ...derived];
  const hosts = new Map<string, OriginNode>();
  const below = new Map<string, OriginNode>();
  const any: OriginNode = {};
  const destinations = new Map();
  for (const rule of indexed) {
    const { kind, host } = rule.origin;
    const root = kind === 'any' ? any : rootOf<OriginNode>(kind === 'host' ? hosts : below, host);
    addOrigin(root, rule);
    if (rule.action === 'rewrite')
      addDestination(destinations, rule.destination, writtenSuffix(rule));
  }
  const hasAny = any.rule !== undefined;
  return {
    ...given,
    keys: new Map(),
    rules,
    indexed,
    hosts,
    below,
    belowDots: dotsOf(below),
    any: hasAny ? any : undefined,
    destinations,
    decidedBelow: hostsDecidedBelow(indexed, destinations),
    denies: given.exits.size === 0 || rules.some(({ action }) => action === 'deny'),
  };
}

function addOrigin(root: OriginNode, rule: Rule): void {
  const { path, suffix } = rule.origin;
  const node = descend(root, path);
  if (suffix === '') {
    node.rule = rule;
    return;
  }
  node.images ??= new Map();
  node.images.set(suffix, rule);
}

/** Returns the tag or digest of the one image that a rule writes; empty if it can write several. */
export function writtenSuffix({ origin, destination }: RewriteRule): string {
  return destination.suffix || origin.suffix;
}

function hostsDecidedBelow(
  rules: readonly Rule[],
  destinations: DestinationIndex,
): ReadonlySet<string> | undefined {
  const deciding = rules.filter((rule) => decidesBelow(rule, destinations));
  if (deciding.length === 0) return undefined;
  return new Set(deciding.map(({ origin }) => origin.host));
}

/** Reports whether a rule decides below a destination, because its `from` is longer. */
export function decidesBelow({ origin, depth }: Rule, destinations: DestinationIndex): boolean {
  if (origin.kind !== 'host') return false;
  const { host, path: repository, suffix } = origin;
  const mirrored = mirrorDepth(destinations, { host, repository, suffix });
  return mirrored !== -1 && depth > mirrored;
}

function dotsOf(hosts: ReadonlyMap<string, unknown>): number {
  let most = 0;
  for (const host of hosts.keys()) most = Math.max(most, host.split('.').length - 1);
  return most;
}
