import { canonicalHost } from '../reference/docker-hub.ts';
import type { Destination } from '../rules/destination.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target, type TargetDocument } from './contract/target.ts';
import { type Connections, caFiles, connectionsOf } from './node/connections.ts';
import { withConnections } from './node/endpoints.ts';
import { registryUrl } from './node/mirrors.ts';
import { type HostMirror, hostMirrors } from './node/mirrors-by-host.ts';
import { tomlString, tomlStrings } from './node/toml.ts';

/** Writes containerd's hosts.toml, one for each registry. */
export const containerd: Target = {
  name: 'containerd',
  title: 'containerd 1.6 and newer: certs.d/HOST/hosts.toml, for /etc/containerd',
  abilities: {
    paths: 'no',
    wildcards: 'partly', // * yes, *.host no
    keep: 'yes',
    deny: 'partly', // registries; the message is not told
    library: 'partly', // always
    namespaces: 'no',
    bypass: 'no',
  },
  takes: ['mirrorOnly'],
  compile: compileContainerd,
};

/**
 * Compiles to a folder for each registry:
 * https://github.com/containerd/containerd/blob/main/docs/hosts.md
 */
export function compileContainerd(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const abilities = { other: true, deny: true, parts: false, mirrorOnly: true };
  const connections = connectionsOf(ruleSet);
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, abilities);
  const all = withConnections(hosts, connections, () => true);
  const documents = [...all].map(
    ([host, mirror]): TargetDocument => ({
      path: `certs.d/${folderOf(host)}/hosts.toml`,
      text: `# ${madeBy('containerd')}\n${hostsToml(host, mirror, connections)}`,
    }),
  );
  const ofAuthorities = caFiles(connections, 'containerd', (host) => `certs.d/${caFile(host)}`);
  return { documents: [...documents, ...ofAuthorities], diagnostics };
}

/**
 * Returns the folder of a registry: containerd looks for `host_port_` before `host:port`, which not
 * every file system can hold.
 */
function folderOf(host: string): string {
  if (host === '*') return '_default';
  const colon = host.lastIndexOf(':');
  return colon > 0 ? `${host.slice(0, colon)}_${host.slice(colon + 1)}_` : host;
}

function hostsToml(host: string, mirror: HostMirror, connections: Connections): string {
  const origin = { registry: host, path: '' };
  const isUsual = !connections.has(host);
  // 1.6 reads `server` only if there is a host, and `ca` of hosts alone.
  const itself = [
    `server = ${tomlString(registryUrl(origin, connections))}\n${caLine(host, connections)}`,
    hostTable(origin, connections),
  ] as const;
  if (mirror.action !== 'rewrite') {
    if (mirror.action === 'deny') return deniedToml;
    return isUsual ? keptToml : itself.join('\n');
  }
  const table = hostTable(mirror.destination, connections);
  if (mirror.isOnly) return `${nowhereLast}\n${table}`;
  // Without `server` what is asked last is the registry itself.
  return isUsual ? table : [itself[0], table, itself[1]].join('\n');
}

function hostTable(
  place: Pick<Destination, 'registry' | 'path'>,
  connections: Connections,
): string {
  const lines = [
    `[host.${tomlString(registryUrl(place, connections))}]\n`,
    `  capabilities = ${tomlStrings(['pull', 'resolve'])}\n`,
    '  override_path = true\n',
  ];
  const ca = caLine(canonicalHost(place.registry), connections);
  return [...lines, ca && `  ${ca}`].join('');
}

function caLine(host: string, connections: Connections): string {
  return connections.get(host)?.ca === undefined
    ? ''
    : `ca = ${tomlString(`../${caFile(host)}`)}\n`;
}

/** Returns the file of a CA: containerd looks for relative names next to a hosts.toml. */
function caFile(host: string): string {
  return `${folderOf(host)}/ca.crt`;
}

const keptToml = '# No mirror: where this file is, _default is not read.\n';

const nowhere = 'https://denied.invalid';

/**
 * containerd 2 does not ask a registry that is there to push only. 1.6 reads that of hosts alone,
 * so the one asked last is at .invalid, which is no domain (RFC 2606).
 */
const nowhereLast = `server = "${nowhere}"\ncapabilities = ["push"]\n`;

/** Without a host 1.6 does not read `server` either. */
const deniedToml = `${nowhereLast}\n[host."${nowhere}"]\n  capabilities = ["push"]\n`;
