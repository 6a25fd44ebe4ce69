import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target } from './contract/target.ts';
import { type PrefixMirror, prefixMirrors } from './node/mirrors-by-prefix.ts';
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
  const { name, mirrorOnly } = options;
  const { prefixes, bypassed, diagnostics } = prefixMirrors(ruleSet, options);
  const tables = [
    `# ${madeBy('registries')}\n`,
    ...prefixes.map((each) => prefixTable(each, mirrorOnly)),
    ...bypassed.map((host) => table(ruleSet.bypass + host, host)),
  ];
  return {
    documents: [{ path: `registries.conf.d/50-${name}.conf`, text: tables.join('\n') }],
    diagnostics,
  };
}

function prefixTable({ prefix, rule, mirrors }: PrefixMirror, mirrorOnly: boolean): string {
  // A wildcard has no location: what matched is asked.
  const location = prefix.startsWith('*') ? undefined : prefix;
  // Blocked is the origin only: its mirrors are asked all the same.
  const isBlocked = rule.action === 'deny' || (rule.action === 'rewrite' && mirrorOnly);
  const tables = mirrors.map((mirror) => `[[registry.mirror]]\nlocation = ${tomlString(mirror)}\n`);
  return [table(prefix, location, isBlocked), ...tables].join('');
}

function table(prefix: string, location: string | undefined, isBlocked = false): string {
  const lines = ['[[registry]]', `prefix = ${tomlString(prefix)}`];
  if (location !== undefined) lines.push(`location = ${tomlString(location)}`);
  if (isBlocked) lines.push('blocked = true');
  return `${lines.join('\n')}\n`;
}
