import { canonicalHost, dockerHub, dockerHubHost } from '../../reference/docker-hub.ts';
import { ecrRegistry } from '../../reference/ecr-registry.ts';
import type { Destination } from '../../rules/destination.ts';
import type { Diagnostic } from '../../rules/diagnostic.ts';
import { isMirrored } from '../../rules/find-rule.ts';
import { positionOfKey } from '../../rules/key-positions.ts';
import type { Rule, RuleSet } from '../../rules/rule-set.ts';
import { type LeftOutKeys, reportLeftOut } from '../contract/left-out.ts';
import type { TargetOptions } from '../contract/options.ts';
import { notExpressible } from '../contract/target.ts';
import { type Connections, isPlain } from './connections.ts';
import { keptMirrors } from './kept-mirrors.ts';
import { reportLongerRules } from './longer-rules.ts';

/*
 * Nodes are told for each origin where its mirror is, and pull from there under the origin's name.
 * They know neither Pods nor namespaces, see `busybox` as docker.io/library/busybox, and ask the
 * origin where the mirror does not answer. Hosts are compared by the letter there, so images of
 * `QUAY.IO` or `registry-1.docker.io`, which nobody writes, are not mirrored.
 */

/** NodeRules is what nodes can do of the rules, before it is known what the target can express. */
export interface NodeRules {
  readonly rules: readonly Rule[];
  /** Rules that no node can follow. */
  readonly leftOut: readonly Rule[];
  /** For each mirror a rule that keeps: what lies in a mirror stays there (`already-mirrored`). */
  readonly mirrors: readonly Rule[];
  /** What no node can do, each rule once. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds the rules that a node can follow, and reports those that no node can. */
export function nodeRules(ruleSet: RuleSet): NodeRules {
  const rules: Rule[] = [];
  const leftOut: Rule[] = [];
  const diagnostics = reportLeftOut(ruleSet, leftOutKeys);
  for (const rule of ruleSet.indexed) {
    if (isUnreachable(rule, ruleSet)) continue;
    const why = whyInexpressible(rule);
    if (why === undefined) {
      rules.push(rule);
      continue;
    }
    leftOut.push(rule);
    diagnostics.push(notExpressible(rule, `"${rule.from}": ${why}`));
  }
  diagnostics.push(...reportLongerRules(rules));
  return { rules, leftOut, mirrors: keptMirrors(ruleSet), diagnostics: once(diagnostics) };
}

function whyInexpressible({ namespaces, destination, origin, shape }: Rule): string | undefined {
  if (namespaces !== undefined) return 'a node does not know the namespace that it pulls for';
  if (destination?.isTemplate)
    return "a node cannot put the image's registry into the mirror's path";
  if (origin.suffix !== '') return 'a node asks a mirror for each tag and digest of a repository';
  if (shape !== 'whole') return 'a node asks a mirror for the repository as it is';
  return undefined;
}

const unknownPod = 'a node does not know the Pod that it pulls for';
const unchangedPod = 'a node does not change Pods';

/** The bypass is reported by the targets. */
const leftOutKeys: LeftOutKeys = {
  bypass: undefined,
  namespaces: unknownPod,
  skip: unknownPod,
  namespaceRules: unknownPod,
  exits: 'a node pulls images that cannot be rewritten from their origin',
  annotate: unchangedPod,
  registries: 'a node does not change Pods, so it adds no pull secrets',
  warn: 'a node does not answer those who create Pods',
};

/**
 * Reports what holds for every target: an image that a webhook sent to its origin has the name that
 * the node mirrors. If the file does not set the bypass, its author may not know of it: this is
 * only a note then.
 */
export function bypassDiagnostic(ruleSet: RuleSet, what: string): Diagnostic[] {
  const { bypass, file } = ruleSet;
  if (bypass === '') return [];
  const message = `bypass: a node takes ${bypass} ${what}, and mirrors an image where a webhook has taken it off`;
  const severity = file.bypass === undefined ? 'note' : 'warning';
  return [{ ...notExpressible(positionOfKey(ruleSet, 'bypass'), message), severity }];
}

/** Reports whether its images count as mirrored, or are the bypass, so that it never decides. */
function isUnreachable({ origin, depth }: Rule, ruleSet: RuleSet): boolean {
  if (origin.kind !== 'host') return false;
  const { host, path: repository, suffix } = origin;
  const isBypass = ruleSet.bypass === `${host}/`;
  return isBypass || isMirrored(ruleSet, { host, repository, suffix }, depth);
}

/** Returns what a rule matches as one text: `quay.io/team`, `quay.io/app:1`, `*.gcr.io` or `*`. */
export function prefixOf({ origin: { kind, host, path, suffix } }: Rule): string {
  const registry = kind === 'host' ? host : `*${host}`;
  return path === '' ? registry : `${registry}/${path}${suffix}`;
}

/** Returns the URL of a registry's API, with the path of a mirror in it. */
export function registryUrl(
  { registry, path }: Pick<Destination, 'registry' | 'path'>,
  connections: Connections,
): string {
  const scheme = isPlain(connections, registry) ? 'http' : 'https';
  const api = `${scheme}://${apiHost(registry)}/v2`;
  return path === '' ? api : `${api}/${path}`;
}

/** Returns the host at which a registry answers: docker.io itself is not a registry. */
export function apiHost(registry: string): string {
  return canonicalHost(registry) === dockerHub ? dockerHubHost : registry;
}

/** Reports `mirrorOnly` if the target cannot express it. */
export function mirrorOnlyDiagnostic({ mirrorOnly }: TargetOptions): Diagnostic[] {
  if (!mirrorOnly) return [];
  return [
    notExpressible(undefined, 'mirror only: the target asks the origin where the mirror fails'),
  ];
}

/** Warns once of each mirror that wants a login; `rules` are those that the target expresses. */
export function noCredentials(rules: readonly Rule[]): Diagnostic[] {
  const first = new Map<string, Rule>();
  for (const rule of rules) {
    if (rule.action !== 'rewrite') continue;
    const { registry } = rule.destination;
    if (ecrRegistry(registry) !== undefined && !first.has(registry)) first.set(registry, rule);
  }
  return [...first].map(([registry, { line, column }]) => ({
    line,
    column,
    code: 'no-credentials',
    severity: 'warning',
    message: `${registry} answers nodes with 401: the kubelet chooses credentials by the Pod's image name, which stays that of the origin`,
  }));
}

/** Removes repeated diagnostics: a rule can be in the index under two names. */
export function once(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const byText = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { line, column, message } = diagnostic;
    byText.set(`${line}:${column} ${message}`, diagnostic);
  }
  return [...byText.values()];
}
