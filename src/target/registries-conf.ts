import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target } from './contract/target.ts';
import { type PrefixMirror, prefixMirrors } from './node/mirrors-by-prefix.ts';
import { isBareHost } from './node/prefix-reach.ts';
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
  const { prefixes, bypassed, diagnostics } = prefixMirrors(ruleSet, options, abilities);
  const tables = [
    `# ${madeBy('registries')}\n`,
    ...prefixes.map(prefixTable),
    ...hostsWithPort(prefixes).map((host) => table(host, host)),
    ...bypassed.map((host) => table(ruleSet.bypass + host, host)),
  ];
  return {
    documents: [{ path: `registries.conf.d/50-${options.name}.conf`, text: tables.join('\n') }],
    diagnostics,
  };
}

function prefixTable({ prefix, mirrors, isBlocked }: PrefixMirror): string {
  // A wildcard has no location: what matched is asked.
  const location = prefix.startsWith('*') ? undefined : prefix;
  const tables = mirrors.map((mirror) => `[[registry.mirror]]\nlocation = ${tomlString(mirror)}\n`);
  // Blocked is the origin only: its mirrors are asked all the same.
  return [table(prefix, location, isBlocked), ...tables].join('');
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

function table(prefix: string, location: string | undefined, isBlocked = false): string {
  const lines = ['[[registry]]', `prefix = ${tomlString(prefix)}`];
  if (location !== undefined) lines.push(`location = ${tomlString(location)}`);
  if (isBlocked) lines.push('blocked = true');
  return `${lines.join('\n')}\n`;
}
