import { dockerHub } from '../../reference/docker-hub.ts';
import type { Diagnostic } from '../../rules/diagnostic.ts';
import type { Rule, RuleSet } from '../../rules/rule-set.ts';
import type { TargetOptions } from '../contract/options.ts';
import { exceptFor, notExpressible } from '../contract/target.ts';
import { bypassDiagnostic, noCredentials, nodeRules, once } from './mirrors.ts';

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
}

/** PrefixMirrors is all that such a target can express of the rules, and reports the rest. */
export interface PrefixMirrors {
  readonly prefixes: readonly PrefixMirror[];
  /** Registries that the bypass can be taken off from. */
  readonly bypassed: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Finds what becomes of the images under each prefix. */
export function prefixMirrors(ruleSet: RuleSet, { mirrorOnly }: TargetOptions): PrefixMirrors {
  const { rules, mirrors, diagnostics } = nodeRules(ruleSet);
  const expressed: Rule[] = [];
  const reported = [
    ...diagnostics,
    ...bypassDiagnostic(ruleSet, mirrorOnly ? noBypass : namedBypass),
  ];
  const named = new Set(rules.map(prefixOf));
  const within = mirrors.filter((rule) => around(prefixOf(rule)).some((each) => named.has(each)));
  for (const rule of [...rules, ...within]) {
    const why = whyInexpressible(rule, named);
    if (why === undefined) expressed.push(rule);
    // To keep every other registry is to say nothing.
    else if (rule.origin.kind !== 'any' || rule.action !== 'keep')
      reported.push(notExpressible(rule, `"${rule.from}": ${why}`));
  }
  const prefixes = expressed.map(
    (rule): PrefixMirror => ({
      prefix: prefixOf(rule),
      rule,
      mirrors: rule.action === 'rewrite' ? [rule.destination.name] : [],
    }),
  );
  return {
    prefixes: [...prefixes, ...officialImages(expressed)],
    bypassed: ruleSet.bypass === '' || mirrorOnly ? [] : namedHosts(rules),
    diagnostics: once([...reported, ...expressed.flatMap(aboutPorts), ...noCredentials(expressed)]),
  };
}

const port = /:\d+$/;

const noBypass = 'for a registry';
const namedBypass =
  'off only before registries that the rules name, and nothing that they deny (official images need library/ there)';

/**
 * Notes that `*.host` matches registries with a port too, and looks for `x.host:5000/app` at
 * `MIRROR:5000/app`.
 */
function aboutPorts(rule: Rule): Diagnostic[] {
  if (rule.origin.kind !== 'below') return [];
  const message = `"${rule.from}": the target takes registries with a port for its own; name with \`keep\` those that there are`;
  return [exceptFor(rule, message)];
}

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

function prefixOf({ origin: { kind, host, path } }: Rule): string {
  const registry = kind === 'below' ? `*${host}` : host;
  return path === '' ? registry : `${registry}/${path}`;
}

/**
 * Reports whether `library/` was written, a node does not know. Where it goes along as written, the
 * official images are looked for without it, which is how people write them, and then with it.
 */
function officialImages(rules: readonly Rule[]): PrefixMirror[] {
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
 * Lists all prefixes that match the images of a prefix, except itself; a wildcard matches a port as
 * well.
 */
export function around(prefix: string): string[] {
  const found: string[] = [];
  for (let end = prefix.lastIndexOf('/'); end > 0; end = prefix.lastIndexOf('/', end - 1))
    found.push(prefix.slice(0, end));
  const name = prefix.split('/', 1)[0]?.replace(port, '') ?? '';
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1))
    found.push(`*${name.slice(dot)}`);
  return found.filter((each) => each !== prefix);
}
