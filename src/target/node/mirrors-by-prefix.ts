import { dockerHub } from '../../reference/docker-hub.ts';
import type { Diagnostic } from '../../rules/diagnostic.ts';
import type { Rule, RuleSet } from '../../rules/rule-set.ts';
import { splitSuffix } from '../../rules/suffix.ts';
import type { TargetOptions } from '../contract/options.ts';
import { notExpressible } from '../contract/target.ts';
import { reportHubAsMirror } from './hub-as-mirror.ts';
import { isPrefix } from './kept-mirrors.ts';
import { bypassDiagnostic, noCredentials, nodeRules, once, prefixOf } from './mirrors.ts';
import { aboutLibrary, port, reportReach } from './prefix-reach.ts';
import { findRefusals } from './refusals.ts';

/*
 * For what containers/image reads (CRI-O, podman, buildah, skopeo, and OpenShift's objects that
 * become its file): the longest prefix decides, a registry with the first segments of a repository
 * or `*.` and a domain.
 */

/** PrefixMirror says what becomes of the images under a prefix. */
export interface PrefixMirror {
  readonly prefix: string;
  readonly rule: Rule;
  /** Where they are looked for, in this order. */
  readonly mirrors: readonly string[];
  /** Whether their origin is never asked. */
  readonly isBlocked: boolean;
}

/** PrefixAbilities says what the target can express besides mirrors. */
export interface PrefixAbilities {
  /** A part of what is mirrored or denied that is left alone. */
  readonly keep: boolean;
  /** A prefix from which nothing is pulled. */
  readonly deny: boolean;
}

/** PrefixMirrors is all that such a target can express of the rules, and reports the rest. */
export interface PrefixMirrors {
  readonly prefixes: readonly PrefixMirror[];
  /** Registries that the bypass can be taken off from. */
  readonly bypassed: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds what becomes of the images under each prefix. */
export function prefixMirrors(
  ruleSet: RuleSet,
  { mirrorOnly }: TargetOptions,
  abilities: PrefixAbilities,
): PrefixMirrors {
  const { rules, leftOut, mirrors, diagnostics } = nodeRules(ruleSet);
  const named = new Set(rules.map(prefixOf));
  const within = mirrors.filter((rule) => coverOf(rule, named) !== undefined);
  // A mirror can have the name of a rule that is for other images there.
  const isKept = (rule: Rule) => isPrefix(rule) && !named.has(prefixOf(rule));
  const all = [...rules, ...within.filter(isKept)];
  const notKept = within.filter((rule) => !isKept(rule));
  const expressed = all.filter((rule) => whyInexpressible(rule, named) === undefined);

  const written = new Set(
    expressed.filter(({ action }) => action === 'rewrite' || abilities[action]),
  );
  const byPrefix = new Map([...written].map((rule) => [prefixOf(rule), rule]));
  const refusals = findRefusals(ruleSet, {
    written,
    leftOut: [...leftOut, ...notKept, ...all.filter((rule) => !written.has(rule))],
    coverOf: (rule) => byPrefix.get(coverOf(rule, byPrefix) ?? ''),
    mirrorOnly,
  });
  const isInForce = (rule: Rule) => rule.action === 'rewrite' || refusals.refusing.has(rule);
  const official = officialImages(expressed);
  const prefixes = [...expressed.map(wholePrefix), ...official].map((each) => ({
    ...each,
    isBlocked: refusals.refusing.has(each.rule),
  }));
  return {
    prefixes,
    bypassed: ruleSet.bypass === '' || mirrorOnly ? [] : namedHosts(rules),
    diagnostics: once([
      ...diagnostics,
      ...bypassDiagnostic(ruleSet, mirrorOnly ? noBypass : namedBypass),
      ...all.flatMap((rule) => report(rule, whyInexpressible(rule, named))),
      ...notKept.flatMap((rule) => report(rule, whyNotKept(coverOf(rule, named)))),
      ...refusals.diagnostics,
      ...reportHubAsMirror(expressed),
      ...reportReach([...written].filter(isInForce), abilities),
      ...official.flatMap(({ rule }) => aboutLibrary(rule)),
      ...noCredentials(expressed),
    ]),
  };
}

/** An entry before it is known whether its origin is blocked. */
type Entry = Omit<PrefixMirror, 'isBlocked'>;

function wholePrefix(rule: Rule): Entry {
  const mirrors = rule.action === 'rewrite' ? [rule.destination.name] : [];
  return { prefix: prefixOf(rule), rule, mirrors };
}

function report(rule: Rule, why: string | undefined): Diagnostic[] {
  // To keep every other registry is to say nothing.
  const saysNothing = rule.origin.kind === 'any' && rule.action === 'keep';
  return why === undefined || saysNothing ? [] : [notExpressible(rule, `"${rule.from}": ${why}`)];
}

/** Returns the longest of the given prefixes that takes the images of a rule which is not written. */
function coverOf(rule: Rule, prefixes: { has(prefix: string): boolean }): string | undefined {
  const prefix = prefixOf(rule);
  return [prefix, ...around(prefix)].find((each) => prefixes.has(each));
}

function whyNotKept(cover: string | undefined): string {
  return `images that name its mirror are taken for those of "${cover}"`;
}

const noBypass = 'for a registry';
const namedBypass =
  'off only before registries that the rules name, and nothing that they deny (official images need library/ there)';

/**
 * Returns the hosts that the bypass can be taken off from. If an origin is blocked it is so for
 * every name of it; two tables that disagree make the file unreadable. A port has no place in a
 * repository.
 */
function namedHosts(rules: readonly Rule[]): string[] {
  const named = rules.filter(({ origin: { kind, host } }) => kind === 'host' && !/[:[]/.test(host));
  const denied = named.filter(({ action, origin }) => action === 'deny' && origin.path === '');
  const hosts = new Set(named.map(({ origin }) => origin.host));
  for (const { origin } of denied) hosts.delete(origin.host);
  return [...hosts];
}

function whyInexpressible({ origin }: Rule, named: ReadonlySet<string>): string | undefined {
  const { kind, host, path } = origin;
  if (kind === 'any') return 'the target has no word for every other registry';
  if (host.includes('_'))
    return 'the target takes a host with an underscore for a part of a short name, and asks its search registries';
  // By length as text: `a.gcr.io` is no longer than `*.gcr.io`, and that one comes first.
  const wildcard = `*${host.slice(1)}`;
  if (path === '' && kind === 'host' && host.indexOf('.') === 1 && named.has(wildcard))
    return `the target takes ${wildcard} for the longer name, and so the better match`;
  if (kind !== 'below') return undefined;
  if (path !== '') return 'the target knows no paths below *';
  // With one the whole file would not be read.
  if (port.test(host)) return 'the target knows no ports below *';
  return undefined;
}

/**
 * Returns an entry for official images, which may need other mirrors than the rest of Docker Hub. A
 * node does not know whether `library/` was written. If the rule keeps it as written, the mirror is
 * asked without it first, which is how people write these images, and then with it.
 */
function officialImages(rules: readonly Rule[]): Entry[] {
  const rule = rules
    .filter(
      ({ origin: { kind, host, path } }) =>
        path === '' && (kind === 'host' ? host === dockerHub : dockerHub.endsWith(host)),
    )
    .sort((a, b) => prefixOf(b).length - prefixOf(a).length)[0];
  if (rule?.action !== 'rewrite' || rule.library === 'always') return [];
  const prefix = `${dockerHub}/library`;
  if (rules.some((each) => prefixOf(each) === prefix)) return [];
  const { name } = rule.destination;
  const mirrors = rule.library === 'never' ? [name] : [name, `${name}/library`];
  return [{ prefix, rule, mirrors }];
}

/**
 * Lists all prefixes that match the images of a prefix, except itself, the longest first; one
 * without a port matches a port as well.
 */
export function around(prefix: string): string[] {
  const { name: named, suffix } = splitSuffix(prefix);
  const found: string[] = suffix === '' ? [] : [named];
  for (let end = prefix.lastIndexOf('/'); end > 0; end = prefix.lastIndexOf('/', end - 1))
    found.push(prefix.slice(0, end));
  const name = prefix.split('/', 1)[0]?.replace(port, '') ?? '';
  found.push(name);
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1))
    found.push(`*${name.slice(dot)}`);
  return found.filter((each) => each !== prefix);
}
