import { dockerHub } from '../reference/reference.ts';
import type { Position } from './diagnostic.ts';
import { admitsNamespace } from './glob.ts';
import { type Origin, officialPath, ruleHost } from './origin.ts';
import type { NamespaceFilter, RulesFile } from './schema.ts';

/**
 * The longest name (registry and repository) that is written. The grammar allows 255 for the repository alone, but
 * CRI-O counts the registry too (docs/decisions/0003-longest-name.md).
 */
export const maxNameLength = 255;

/** One `from` with what happens to its images. */
export interface Rule extends Position {
  /** As written. */
  readonly from: string;
  readonly origin: Origin;
  /** Which entry of the file's `rules` it comes from: those of one entry are the same images. */
  readonly entry: number;
  readonly action: 'rewrite' | 'keep' | 'deny';
  /** Where the images go: a name without a slash at its end. */
  readonly to: string;
  /** Whether `to` still holds `${registry}`, because the host is not known before the image is. */
  readonly isTemplate: boolean;
  /** Where what is appended to `to` begins in a repository that matches. */
  readonly restStart: number;
  /** What a denied user reads. */
  readonly message: string;
  readonly library: 'as-written' | 'always' | 'never';
  readonly namespaces: NamespaceFilter | undefined;
  /** Names of Secrets that a new Pod needs to pull what the rule rewrote. */
  readonly pullSecrets: readonly string[];
}

/** The segments of repositories, one Map a level, so that finding costs the same for ten rules and for 100,000. */
interface OriginNode {
  rule?: Rule;
  children?: Map<string, OriginNode>;
}

interface TargetNode {
  /** Whether some rule's `to` ends here. */
  ends?: true;
  children?: Map<string, TargetNode>;
}

/** A segment that stands for any: `${registry}` in a `to` whose hosts are not known before. */
const anySegment = '';
export const registryVariable = '${registry}';

/** Rules compiled for finding: what every decision reads. Immutable once built. */
export interface RuleSet {
  /** With its slash (`direct.to/`); empty for none. */
  readonly bypass: string;
  /** One for each `from` of the file. */
  readonly rules: readonly Rule[];
  /** These and what follows from them: all that can decide. */
  readonly indexed: readonly Rule[];
  readonly file: RulesFile;
  readonly hosts: ReadonlyMap<string, OriginNode>;
  readonly below: ReadonlyMap<string, OriginNode>;
  readonly any: OriginNode | undefined;
  readonly targets: ReadonlyMap<string, TargetNode>;
}

/**
 * Builds the index over `rules` and `derived`, which follow from them. Of two rules with the same origin the later one wins;
 * the loader refuses such files.
 */
export function buildRuleSet(
  file: RulesFile,
  bypass: string,
  rules: readonly Rule[],
  derived: readonly Rule[] = [],
): RuleSet {
  const indexed = [...rules, ...derived];
  const hosts = new Map<string, OriginNode>();
  const below = new Map<string, OriginNode>();
  const any: OriginNode = {};
  const targets = new Map<string, TargetNode>();
  for (const rule of indexed) {
    const { kind, host, path } = rule.origin;
    const root = kind === 'any' ? any : rootOf<OriginNode>(kind === 'host' ? hosts : below, host);
    descend(root, path).rule = rule;
    if (rule.action === 'rewrite') addTarget(targets, rule.to);
  }
  const hasAny = any.rule !== undefined;
  return { bypass, rules, indexed, file, hosts, below, any: hasAny ? any : undefined, targets };
}

function addTarget(targets: Map<string, TargetNode>, to: string): void {
  const slash = to.indexOf('/');
  const host = ruleHost(slash === -1 ? to : to.slice(0, slash));
  const path = slash === -1 ? '' : to.slice(slash + 1).replaceAll(registryVariable, anySegment);
  const node = rootOf<TargetNode>(targets, host);
  (slash === -1 ? node : descend(node, path, true)).ends = true;
  // What is written as docker.io/x is looked up as docker.io/library/x.
  if (host === dockerHub && path !== '') descend(node, officialPath(path), true).ends = true;
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

/**
 * The rule for a repository in a namespace: a named host before `*.host`, the longer of those before the shorter, `*`
 * last; within each the longest path. A rule that does not hold in the namespace is passed over; without a namespace none
 * is.
 */
export function findRule(
  ruleSet: RuleSet,
  host: string,
  repository: string,
  namespace: string | undefined,
): Rule | undefined {
  const found = deepest(ruleSet.hosts.get(host), repository, namespace);
  if (found !== undefined) return found;
  if (ruleSet.below.size > 0) {
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const below = deepest(ruleSet.below.get(host.slice(dot)), repository, namespace);
      if (below !== undefined) return below;
    }
  }
  return deepest(ruleSet.any, repository, namespace);
}

function deepest(
  root: OriginNode | undefined,
  repository: string,
  namespace: string | undefined,
): Rule | undefined {
  let found: Rule | undefined;
  let node = root;
  for (let start = 0; node !== undefined; ) {
    const { rule, children } = node;
    if (rule !== undefined && admitsNamespace(rule.namespaces, namespace)) found = rule;
    if (children === undefined || start > repository.length) return found;
    const slash = repository.indexOf('/', start);
    const end = slash === -1 ? repository.length : slash;
    node = children.get(repository.slice(start, end));
    start = end + 1;
  }
  return found;
}

/** Whether a repository is some rule's `to` or lies below one. */
export function isMirrored(ruleSet: RuleSet, host: string, repository: string): boolean {
  const root = ruleSet.targets.get(host);
  return root !== undefined && isBelowTarget(root, repository, 0);
}

function isBelowTarget(node: TargetNode, repository: string, start: number): boolean {
  if (node.ends) return true;
  if (node.children === undefined || start > repository.length) return false;
  const slash = repository.indexOf('/', start);
  const end = slash === -1 ? repository.length : slash;
  const named = node.children.get(repository.slice(start, end));
  if (named !== undefined && isBelowTarget(named, repository, end + 1)) return true;
  const any = node.children.get(anySegment);
  return any !== undefined && isBelowTarget(any, repository, end + 1);
}
