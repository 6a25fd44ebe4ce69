import { dockerHub } from '../../reference/docker-hub.ts';
import type { Destination } from '../../rules/destination.ts';
import type { Diagnostic } from '../../rules/diagnostic.ts';
import type { RewriteRule, Rule, RuleSet } from '../../rules/rule-set.ts';
import type { TargetOptions } from '../contract/options.ts';
import { exceptFor, notExpressible } from '../contract/target.ts';
import { reportHubAsMirror } from './hub-as-mirror.ts';
import { keepMirrors } from './kept-mirrors.ts';
import { bypassDiagnostic, noCredentials, nodeRules, once } from './mirrors.ts';
import { findRefusals, withdrawDenials } from './refusals.ts';

/*
 * For targets that know registries: all of a registry goes to one place, under the path that the
 * node asks for; where the target can rewrite paths, parts of it go elsewhere in the same mirror.
 */

/** HostAbilities says what the target can express. */
export interface HostAbilities {
  /** Every registry that is not named. */
  readonly other: boolean;
  /** A registry from which nothing is pulled. */
  readonly deny: boolean;
  /** Parts of a registry. */
  readonly parts: boolean;
  /** A registry whose origin is never asked. */
  readonly mirrorOnly: boolean;
}

/** HostMirror says what becomes of a registry. */
export type HostMirror =
  | {
      readonly action: 'rewrite';
      readonly destination: Destination;
      readonly parts: readonly Part[];
      /** Whether its origin is never asked, if the target can express that. */
      readonly isOnly: boolean;
    }
  | { readonly action: 'keep' | 'deny' };

/**
 * What goes elsewhere in the same mirror: the first segments of a repository, with where they go.
 */
interface Part {
  readonly from: string;
  readonly destination: Destination;
  /** Whether only official images go there: `from` is library/, which its rule drops. */
  readonly isOfficial: boolean;
}

/** HostMirrors is all that such a target can express of the rules, and reports the rest. */
export interface HostMirrors {
  /** By registry; `*` is every one that is not named. */
  readonly hosts: ReadonlyMap<string, HostMirror>;
  readonly diagnostics: readonly Diagnostic[];
}

/** Names every registry that is not named. */
const other = '*';

/**
 * Finds what becomes of each registry as a whole and, if the target can express that, of its parts.
 */
export function hostMirrors(
  ruleSet: RuleSet,
  { mirrorOnly }: TargetOptions,
  abilities: HostAbilities,
): HostMirrors {
  const { rules, leftOut, mirrors, diagnostics } = nodeRules(ruleSet);
  const hosts = new Map<string, Rule>();
  for (const rule of rules) if (isWhole(rule, abilities)) hosts.set(hostOf(rule), rule);
  const parts = abilities.parts ? rules.filter((rule) => isPart(rule, hosts)) : [];
  // A part needs its registry named.
  for (const { origin } of parts) hosts.set(origin.host, wholeOf(origin.host, hosts) as Rule);

  const expressed = new Set([...hosts.values(), ...parts]);
  const inexpressible = rules.filter((rule) => !expressed.has(rule));
  const refusals = findRefusals(ruleSet, {
    written: expressed,
    leftOut: [
      ...leftOut,
      ...inexpressible,
      ...mirrors.filter(({ origin }) => hosts.has(origin.host)),
    ],
    coverOf: ({ origin }) => wholeOf(origin.host, hosts),
    isDoneBy,
    mirrorOnly: mirrorOnly && abilities.mirrorOnly,
  });
  withdrawDenials(hosts, refusals.refusing);
  const hub = rules.some(isLibrary) ? undefined : wholeOf(dockerHub, hosts);
  if (hub !== undefined && abilities.parts && dropsLibrary(hub) && !isItself(hub)) {
    hosts.set(dockerHub, hub);
    parts.push({ ...hub, origin: { kind: 'host', host: dockerHub, path: 'library', suffix: '' } });
  }
  const whole = keepMirrors(mirrors, hosts);
  const reported = [
    ...diagnostics,
    ...bypassDiagnostic(ruleSet, 'for a registry'),
    ...refusals.diagnostics,
    ...inexpressible.flatMap((rule) => report(rule, whyInexpressible(rule, whole, abilities))),
    ...(hub === undefined ? [] : report(hub, whyNotLibrary(hub, abilities))),
    ...mirrors.flatMap((rule) => report(rule, whyNotMirror(rule, hosts))),
    ...mirrors.flatMap((mirror) => reportOutsideMirrors(mirror, rules, hosts)),
    ...noCredentials([...expressed]),
    ...reportHubAsMirror([...expressed]),
  ];
  return { hosts: withParts(whole, parts, refusals.refusing), diagnostics: once(reported) };
}

/** Lists the registries that have a mirror, each with its destination. */
export function mirrored(hosts: HostMirrors['hosts']): [host: string, Destination][] {
  return [...hosts].flatMap(([host, mirror]) =>
    mirror.action === 'rewrite' ? [[host, mirror.destination]] : [],
  );
}

function isWhole({ origin, action }: Rule, abilities: HostAbilities): boolean {
  if (origin.path !== '' || origin.kind === 'below') return false;
  // To keep every other registry is to say nothing.
  if (origin.kind === 'any' && (!abilities.other || action === 'keep')) return false;
  return action !== 'deny' || abilities.deny;
}

function isPart(rule: Rule, hosts: ReadonlyMap<string, Rule>): rule is RewriteRule {
  const { origin, destination } = rule;
  if (origin.path === '' || origin.kind !== 'host' || destination === undefined) return false;
  if (isItself(rule)) return false;
  return wholeOf(origin.host, hosts)?.destination?.registry === destination.registry;
}

/** Reports whether a rule sends images elsewhere in their registry: k3s rewrites none for those. */
function isItself({ origin, destination }: Rule): boolean {
  return destination?.host === origin.host;
}

function isLibrary({ origin: { host, path } }: Rule): boolean {
  return host === dockerHub && path === 'library';
}

function hostOf({ origin }: Rule): string {
  return origin.kind === 'any' ? other : origin.host;
}

/** Returns the rule for what the node does with a registry as a whole. */
function wholeOf(host: string, hosts: ReadonlyMap<string, Rule>): Rule | undefined {
  return hosts.get(host) ?? hosts.get(other);
}

function report(rule: Rule, why: string | undefined): Diagnostic[] {
  return why === undefined ? [] : [notExpressible(rule, `"${rule.from}": ${why}`)];
}

function whyInexpressible(
  rule: Rule,
  hosts: ReadonlyMap<string, Rule>,
  abilities: HostAbilities,
): string | undefined {
  const { kind, host, path } = rule.origin;
  if (!abilities.parts || rule.action !== 'rewrite') {
    if (isDoneBy(wholeOf(host, hosts), rule)) return undefined;
  }
  if (path !== '')
    return `the target sends all of a registry to one ${abilities.parts ? 'mirror' : 'place'}`;
  if (kind === 'below') return 'the target does not know registries by their domain';
  if (kind === 'any') return 'the target has no word for every other registry';
  return 'the target cannot refuse images';
}

/**
 * Reports whether what the node does with a whole registry is what the rule says of its part, or of
 * registries of a domain.
 */
function isDoneBy(whole: Rule | undefined, rule: Rule): boolean {
  const { action, destination, origin } = rule;
  if (action !== (whole?.action ?? 'keep')) return false;
  if (origin.kind === 'below' && dockerHub.endsWith(origin.host) && dropsLibrary(rule))
    return false;
  const path = origin.path === '' ? '' : `/${origin.path}`;
  return destination === undefined || destination.name === `${whole?.destination?.name}${path}`;
}

function dropsLibrary(rule: Rule): rule is RewriteRule {
  return rule.action === 'rewrite' && rule.library !== 'always';
}

function whyNotLibrary(hub: Rule, abilities: HostAbilities): string | undefined {
  const isRewritten = abilities.parts && !isItself(hub);
  if (!dropsLibrary(hub) || (isRewritten && hub.library === 'never')) return undefined;
  return isRewritten
    ? 'the node does not know whether library/ was written, and asks for busybox without it'
    : 'the node asks for busybox as library/busybox, and the target cannot drop library/';
}

function whyNotMirror(mirror: Rule, hosts: ReadonlyMap<string, Rule>): string | undefined {
  const whole = hosts.get(mirror.origin.host);
  if (whole === undefined || whole.action === 'keep') return undefined;
  return `images that name its mirror are taken for those of "${whole.from}"`;
}

/**
 * Reports registries that hold mirrors: what a rule says of every other registry, or of a domain,
 * does not apply to the rest of them.
 */
function reportOutsideMirrors(
  { origin: { host, path } }: Rule,
  rules: readonly Rule[],
  hosts: ReadonlyMap<string, Rule>,
): Diagnostic[] {
  const any = hosts.get(other);
  if (any === undefined || hosts.has(host) || path === '') return [];
  const around = rules.filter(({ origin }) => origin.kind !== 'host' && host.endsWith(origin.host));
  const longest = Math.max(
    ...around.filter(({ origin }) => origin.path === '').map(({ origin }) => origin.host.length),
  );
  return around
    .filter((rule) => rule.origin.host.length >= longest && isDoneBy(any, rule))
    .map((rule) => {
      const message = `"${rule.from}": images of ${host} outside its mirrors stay there`;
      // A rule that denies relies on it.
      return rule.action === 'deny' ? notExpressible(rule, message) : exceptFor(rule, message);
    });
}

function withParts(
  hosts: ReadonlyMap<string, Rule>,
  parts: readonly RewriteRule[],
  refusing: ReadonlySet<Rule>,
): Map<string, HostMirror> {
  const byHost = new Map<string, Part[]>([...hosts.keys()].map((host) => [host, []]));
  // What follows the `from` of a rule for all of Docker Hub is its whole repository.
  for (const { origin, destination, restStart } of parts)
    byHost.get(origin.host)?.push({ from: origin.path, destination, isOfficial: restStart === 0 });
  return new Map(
    [...hosts].map(([host, rule]): [string, HostMirror] => {
      const { action, destination } = rule;
      if (action !== 'rewrite') return [host, { action }];
      const isOnly = refusing.has(rule);
      return [host, { action, destination, parts: byHost.get(host) ?? [], isOnly }];
    }),
  );
}
