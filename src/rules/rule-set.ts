import { dockerHub, officialPath } from '../reference/docker-hub.ts';
import { type Destination, registryVariable } from './destination.ts';
import type { Position } from './diagnostic.ts';
import type { Exit } from './exit-names.ts';
import type { KeyPositions } from './key-positions.ts';
import type { Origin } from './origin.ts';
import type { NamespaceFilter, RulesFile } from './schema.ts';

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
  /** Where what is appended to the destination begins in a repository that matches. */
  readonly restStart: number;
  /** What a denied user reads. */
  readonly message: string;
  readonly library: 'as-written' | 'always' | 'never';
  readonly namespaces: NamespaceFilter | undefined;
  /** Names of Secrets that a new Pod needs to pull what the rule rewrote. */
  readonly pullSecrets: readonly string[];
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

/**
 * OriginNode is a segment of the index of repositories, one Map a level, so that finding costs the
 * same for ten rules and for 100,000.
 */
export interface OriginNode {
  rule?: Rule;
  children?: Map<string, OriginNode>;
}

/** DestinationNode is a segment of the index of destinations, a Map for each level. */
export interface DestinationNode {
  /** Whether some rule's destination ends here. */
  ends?: true;
  children?: Map<string, DestinationNode>;
}

/**
 * Keys the branch for any segment: `${registry}` in a destination whose hosts are not known before.
 */
export const anySegment = '';

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
  /** By host. */
  readonly destinations: ReadonlyMap<string, DestinationNode>;
  /** Where rules of namespaces may send images, with what lies below. */
  readonly namespaceDestinations: readonly Destination[];
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
  given: Pick<RuleSet, 'file' | 'bypass' | 'exits' | 'namespaceDestinations'>,
  rules: readonly Rule[],
  derived: readonly Rule[] = [],
): RuleSet {
  const indexed = [...rules, ...derived];
  const hosts = new Map<string, OriginNode>();
  const below = new Map<string, OriginNode>();
  const any: OriginNode = {};
  const destinations = new Map<string, DestinationNode>();
  for (const rule of indexed) {
    const { kind, host, path } = rule.origin;
    const root = kind === 'any' ? any : rootOf<OriginNode>(kind === 'host' ? hosts : below, host);
    descend(root, path).rule = rule;
    if (rule.action === 'rewrite') addDestination(destinations, rule.destination);
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
    denies: given.exits.size === 0 || rules.some(({ action }) => action === 'deny'),
  };
}

function dotsOf(hosts: ReadonlyMap<string, unknown>): number {
  let most = 0;
  for (const host of hosts.keys()) most = Math.max(most, host.split('.').length - 1);
  return most;
}

function addDestination(
  destinations: Map<string, DestinationNode>,
  { host, path, isTemplate }: Destination,
): void {
  const node = rootOf<DestinationNode>(destinations, host);
  const indexedPath = isTemplate ? path.replaceAll(registryVariable, anySegment) : path;
  (path === '' ? node : descend(node, indexedPath, true)).ends = true;
  // What is written as docker.io/x is looked up as docker.io/library/x.
  if (host === dockerHub && indexedPath !== '')
    descend(node, officialPath(indexedPath), true).ends = true;
}

function rootOf<Node extends object>(roots: Map<string, Node>, host: string): Node {
  let node = roots.get(host);
  if (node === undefined) {
    node = {} as Node;
    roots.set(host, node);
  }
  return node;
}

interface Tree<Node> {
  children?: Map<string, Node>;
}

function descend<Node extends Tree<Node>>(root: Node, path: string, always = false): Node {
  let node = root;
  if (path === '' && !always) return node;
  for (const segment of path.split('/')) {
    node.children ??= new Map();
    node = rootOf(node.children, segment);
  }
  return node;
}
