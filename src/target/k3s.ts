import { writeYaml } from '../manifest/write-yaml.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, notExpressible, type Target } from './contract/target.ts';
import { rewritesOf } from './node/k3s-rewrite.ts';
import { registryUrl } from './node/mirrors.ts';
import { type HostMirror, hostMirrors } from './node/mirrors-by-host.ts';

/** Writes registries.yaml of k3s and RKE2. */
export const k3s: Target = {
  name: 'k3s',
  title: 'k3s and RKE2: registries.yaml, for /etc/rancher/k3s or /etc/rancher/rke2',
  abilities: {
    paths: 'partly', // in the mirror that the whole registry goes to
    wildcards: 'partly', // * yes, *.host no
    keep: 'partly', // registries
    deny: 'no',
    library: 'partly', // always, never
    namespaces: 'no',
    bypass: 'no',
  },
  takes: ['mirrorOnly'],
  compile: compileK3s,
};

/** Compiles to https://docs.k3s.io/installation/private-registry */
function compileK3s(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const abilities = { other: true, deny: false, parts: true, mirrorOnly: false };
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, abilities);
  const mirrors = Object.fromEntries([...hosts].map(([host, each]) => [host, entryOf(host, each)]));
  const text = `# ${madeBy('k3s')}\n${writeYaml([{ mirrors }])}`;
  return {
    documents: [{ path: 'registries.yaml', text }],
    diagnostics: options.mirrorOnly ? [...diagnostics, mirrorOnlyFlag] : diagnostics,
  };
}

const mirrorOnlyFlag = notExpressible(
  undefined,
  'mirror only: k3s has a flag for it, --disable-default-registry-endpoint, and nothing in this file',
);

interface Entry {
  endpoint: string[];
  rewrite?: Record<string, string>;
}

function entryOf(host: string, mirror: HostMirror): Entry {
  if (mirror.action !== 'rewrite') return keptEntry(host);
  const { destination, parts } = mirror;
  if (parts.length === 0) return { endpoint: [registryUrl(destination)] };
  const all = [{ from: '', destination, isOfficial: false }, ...parts];
  const rewrites = all.map((each) => ({ ...each, to: each.destination.path }));
  const endpoint = registryUrl({ registry: destination.registry, path: '' });
  return { endpoint: [endpoint], rewrite: rewritesOf(rewrites) };
}

/**
 * Writes a rewrite that changes nothing: k3s drops an entry that says only what is so by default,
 * and then `*` is for its registry too.
 */
function keptEntry(host: string): Entry {
  return { endpoint: [registryUrl({ registry: host, path: '' })], rewrite: { '^(.*)$': '$1' } };
}
