import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target } from './contract/target.ts';
import {
  type Connections,
  caFiles,
  connectionsOf,
  isPlain,
  plainHosts,
} from './node/connections.ts';
import { around, type PrefixMirror, prefixMirrors } from './node/mirrors-by-prefix.ts';
import { isBareHost, port } from './node/prefix-reach.ts';
import { tomlString } from './node/toml.ts';

/** Writes registries.conf of containers/image. */
export const registriesConf: Target = {
  name: 'registries',
  title: 'CRI-O, podman, buildah and skopeo: registries.conf.d/NAME.conf, for /etc/containers',
  abilities: {
    paths: 'yes',
    wildcards: 'partly', // *.host yes, * no
    keep: 'yes',
    deny: 'partly', // the message is not told
    library: 'yes',
    namespaces: 'no',
    bypass: 'partly', // where a registry that the rules name follows
  },
  takes: ['name', 'mirrorOnly'],
  compile: compileRegistriesConf,
};

/**
 * Compiles to https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md
 */
function compileRegistriesConf(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const abilities = { keep: true, deny: true };
  const connections = connectionsOf(ruleSet);
  const { prefixes, bypassed, diagnostics } = prefixMirrors(ruleSet, options, abilities);
  const all = [...prefixes, ...plainPrefixes(prefixes, connections)];
  const tables = [
    `# ${madeBy('registries')}\n`,
    ...all.map((each) => prefixTable(each, connections)),
    ...hostsWithPort(prefixes).map((host) => table(host, host, connections)),
    ...bypassed.map((host) => table(ruleSet.bypass + host, host, connections)),
  ];
  return {
    documents: [
      { path: `registries.conf.d/50-${options.name}.conf`, text: tables.join('\n') },
      // https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md
      ...caFiles(connections, 'registries', (host) => `certs.d/${host}/ca.crt`),
    ],
    diagnostics,
  };
}

/** What is written of a prefix. */
type Written = Pick<PrefixMirror, 'prefix' | 'mirrors' | 'isBlocked'>;

/** Lists registries without TLS that no rule names: a table of their own says so. */
function plainPrefixes(prefixes: readonly PrefixMirror[], connections: Connections): Written[] {
  const byPrefix = new Map(prefixes.map((each) => [each.prefix, each]));
  return plainHosts(connections)
    .filter((host) => !byPrefix.has(host))
    .map((host) => {
      // What a domain says of it holds, but without a port only.
      const domain = around(host).find((each) => byPrefix.has(each) && each.startsWith('*'));
      const { mirrors = [], isBlocked = false } =
        (domain !== undefined && !port.test(host) && byPrefix.get(domain)) || {};
      return { prefix: host, mirrors, isBlocked };
    });
}

function prefixTable({ prefix, mirrors, isBlocked }: Written, connections: Connections): string {
  // A wildcard has no location: what matched is asked.
  const location = prefix.startsWith('*') ? undefined : prefix;
  const tables = mirrors.map(
    (mirror) =>
      `[[registry.mirror]]\nlocation = ${tomlString(mirror)}\n${insecure(mirror, connections)}`,
  );
  // Blocked is the origin only: its mirrors are asked all the same.
  return [table(prefix, location, connections, isBlocked), ...tables].join('');
}

function insecure(location: string, connections: Connections): string {
  return isPlain(connections, location) ? 'insecure = true\n' : '';
}

/**
 * Lists registries under the port that they have without one. The rules do not name them so, but
 * the prefix of the host would match.
 */
function hostsWithPort(prefixes: readonly PrefixMirror[]): string[] {
  const named = new Set(prefixes.map(({ prefix }) => prefix));
  return prefixes
    .filter(({ prefix, rule }) => prefix === rule.origin.host && isBareHost(rule.origin))
    .filter(({ rule, isBlocked }) => rule.action === 'rewrite' || isBlocked)
    .map(({ prefix }) => `${prefix}:443`)
    .filter((host) => !named.has(host));
}

function table(
  prefix: string,
  location: string | undefined,
  connections: Connections,
  isBlocked = false,
): string {
  const lines = ['[[registry]]', `prefix = ${tomlString(prefix)}`];
  if (location !== undefined) lines.push(`location = ${tomlString(location)}`);
  if (isBlocked) lines.push('blocked = true');
  return `${lines.join('\n')}\n${location === undefined ? '' : insecure(location, connections)}`;
}
