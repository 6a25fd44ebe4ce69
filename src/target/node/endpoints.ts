import { type Connection, type Connections, isPlain } from './connections.ts';
import { registryUrl } from './mirrors.ts';
import type { HostMirror, HostMirrors } from './mirrors-by-host.ts';

/* Where nodes are sent for a registry, if a connection needs more than its name. */

/**
 * Adds registries that need an entry of their own. They are treated as every other registry is:
 * with an entry of their own, nodes do not look at the one for every other.
 */
export function withConnections(
  hosts: HostMirrors['hosts'],
  connections: Connections,
  needsEntry: (connection: Connection) => boolean,
): Map<string, HostMirror> {
  const other = hosts.get('*');
  const added = [...connections].filter(
    ([host, connection]) => !hosts.has(host) && (other !== undefined || needsEntry(connection)),
  );
  return new Map([...hosts, ...added.map(([host]) => [host, other ?? kept] as const)]);
}

const kept: HostMirror = { action: 'keep' };

/**
 * Lists the URLs that are written for a registry: its mirror, and the registry itself if nodes would
 * ask it by HTTPS otherwise.
 */
export function endpointUrls(
  host: string,
  mirror: HostMirror,
  connections: Connections,
): readonly string[] {
  const mirrors = mirror.action === 'rewrite' ? [registryUrl(mirror.destination, connections)] : [];
  const isAsked = mirror.action === 'keep' || (mirror.action === 'rewrite' && !mirror.isOnly);
  if (!isAsked || !isPlain(connections, host)) return mirrors;
  return [...mirrors, registryUrl({ registry: host, path: '' }, connections)];
}
