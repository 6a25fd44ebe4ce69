import { writeYaml } from '../manifest/write-yaml.ts';
import type { Diagnostic } from '../rules/diagnostic.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, notExpressible, type Target } from './contract/target.ts';
import {
  authorities,
  type Connections,
  caFiles,
  connectionsOf,
  reportConnections,
} from './node/connections.ts';
import { endpointUrls, withConnections } from './node/endpoints.ts';
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
  const connections = connectionsOf(ruleSet);
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, abilities);
  const all = withConnections(hosts, connections, ({ plainHttp }) => plainHttp);
  const mirrors = Object.fromEntries(
    [...all].map(([host, each]) => [host, entryOf(host, each, connections)]),
  );
  const configs = Object.fromEntries(
    authorities(connections).map(([host]) => [host, { tls: { ca_file: folder + caFile(host) } }]),
  );
  const settings = { mirrors, ...(Object.keys(configs).length > 0 && { configs }) };
  const text = `# ${madeBy('k3s')}\n${writeYaml([settings])}`;
  return {
    documents: [{ path: 'registries.yaml', text }, ...caFiles(connections, 'k3s', caFile)],
    diagnostics: [
      ...diagnostics,
      ...rewrittenOrigins(all, connections, ruleSet),
      ...(options.mirrorOnly ? [mirrorOnlyFlag] : []),
    ],
  };
}

const folder = '/etc/rancher/k3s/';

function caFile(host: string): string {
  return `certs.d/${host}/ca.crt`;
}

/** Reports origins that k3s cannot ask by HTTP: it rewrites what it asks each endpoint for. */
function rewrittenOrigins(
  hosts: ReadonlyMap<string, HostMirror>,
  connections: Connections,
  ruleSet: RuleSet,
): Diagnostic[] {
  const isRewritten = (host: string) => {
    const mirror = hosts.get(host);
    return mirror?.action === 'rewrite' && mirror.parts.length > 0;
  };
  const plainHttp =
    'k3s rewrites paths for its mirror, so it can ask the registry itself by HTTPS only';
  const reported = [...connections].filter(([host]) => isRewritten(host)).map(([, { key }]) => key);
  return reportConnections(ruleSet, { plainHttp }, (key) => reported.includes(key));
}

const mirrorOnlyFlag = notExpressible(
  undefined,
  'mirror only: k3s has a flag for it, --disable-default-registry-endpoint, and nothing in this file',
);

interface Entry {
  endpoint: string[];
  rewrite?: Record<string, string>;
}

function entryOf(host: string, mirror: HostMirror, connections: Connections): Entry {
  if (mirror.action !== 'rewrite') return keptEntry(host, connections);
  const { destination, parts } = mirror;
  if (parts.length === 0) return { endpoint: [...endpointUrls(host, mirror, connections)] };
  const all = [{ from: '', destination, isOfficial: false }, ...parts];
  const rewrites = all.map((each) => ({ ...each, to: each.destination.path }));
  const endpoint = registryUrl({ registry: destination.registry, path: '' }, connections);
  return { endpoint: [endpoint], rewrite: rewritesOf(rewrites) };
}

/**
 * Writes a rewrite that changes nothing: k3s drops an entry that says only what is so by default,
 * and then `*` is for its registry too.
 */
function keptEntry(host: string, connections: Connections): Entry {
  const endpoint = registryUrl({ registry: host, path: '' }, connections);
  return { endpoint: [endpoint], rewrite: { '^(.*)$': '$1' } };
}
