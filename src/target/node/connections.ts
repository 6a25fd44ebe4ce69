import { canonicalHost } from '../../reference/docker-hub.ts';
import type { Diagnostic } from '../../rules/diagnostic.ts';
import { formatPath } from '../../rules/format-path.ts';
import { positionOfKey } from '../../rules/key-positions.ts';
import { formatCertificates } from '../../rules/pem.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { madeBy, notExpressible, type TargetDocument } from '../contract/target.ts';

/*
 * How nodes connect to registries that do not speak HTTPS with a certificate of a public CA. It is
 * for a mirror that the rules name, for an origin that is asked last, and for a registry that no
 * rule names.
 */

/** Connection is what `registries` says about connecting to a registry. */
export interface Connection {
  /** As written, for diagnostics. */
  readonly key: string;
  readonly plainHttp: boolean;
  /** Its certificates in PEM, without anything else. */
  readonly ca: string | undefined;
}

/** Connections holds a Connection for each registry that needs one, by host. */
export type Connections = ReadonlyMap<string, Connection>;

/** Returns the registries for which nodes need settings. */
export function connectionsOf({ registries }: RuleSet): Connections {
  const found = new Map<string, Connection>();
  for (const { key, host, path, facts } of registries.entries) {
    const { plainHttp = false, ca } = facts;
    if (path !== '' || (!plainHttp && ca === undefined)) continue;
    found.set(host, { key, plainHttp, ca: ca === undefined ? undefined : formatCertificates(ca) });
  }
  return found;
}

/** Reports whether a registry, as a destination or a prefix names it, speaks HTTP without TLS. */
export function isPlain(connections: Connections, name: string): boolean {
  const [registry = ''] = name.split('/', 1);
  return connections.get(canonicalHost(registry))?.plainHttp ?? false;
}

/** Lists the registries that speak HTTP without TLS. */
export function plainHosts(connections: Connections): string[] {
  return [...connections].flatMap(([host, { plainHttp }]) => (plainHttp ? [host] : []));
}

/** Lists the registries that have a CA, with its certificates. */
export function authorities(connections: Connections): [host: string, ca: string][] {
  return [...connections].flatMap(([host, { ca }]) => (ca === undefined ? [] : [[host, ca]]));
}

/** Returns a file for each CA; programs skip the comment in front of the certificates. */
export function caFiles(
  connections: Connections,
  target: string,
  pathOf: (host: string) => string,
): TargetDocument[] {
  return authorities(connections).map(([host, ca]) => ({
    path: pathOf(host),
    text: `# ${madeBy(target)}\n${ca}`,
  }));
}

/** Reports connections that a target cannot express; `why` says for each fact what to do instead. */
export function reportConnections(
  ruleSet: RuleSet,
  why: Readonly<Partial<Record<'plainHttp' | 'ca', string>>>,
  isReported = (_key: string) => true,
): Diagnostic[] {
  return [...connectionsOf(ruleSet).values()].flatMap((connection) => {
    const { key } = connection;
    if (!isReported(key)) return [];
    return (['plainHttp', 'ca'] as const).flatMap((fact) => {
      if (!connection[fact] || why[fact] === undefined) return [];
      const position = positionOfKey(ruleSet, formatPath(['registries', key, fact]));
      return [notExpressible(position, `${fact} of "${key}": ${why[fact]}`)];
    });
  });
}
