import type { Destination } from '../rules/destination.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target } from './contract/target.ts';
import { type Connection, caFiles, connectionsOf } from './node/connections.ts';
import { apiHost, mirrorOnlyDiagnostic } from './node/mirrors.ts';
import { hostMirrors, mirrored } from './node/mirrors-by-host.ts';
import { namedRegistries, registriesOnly } from './node/named-registries.ts';
import { tomlString, tomlStrings } from './node/toml.ts';

/** Writes BuildKit's buildkitd.toml. */
export const buildkit: Target = {
  name: 'buildkit',
  title: 'BuildKit: buildkitd.toml, for /etc/buildkit',
  abilities: registriesOnly,
  takes: ['mirrorOnly'],
  compile: compileBuildkit,
};

/**
 * Mirrors have no scheme there: https://github.com/moby/buildkit/blob/master/docs/buildkitd.toml.md
 */
function compileBuildkit(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const connections = connectionsOf(ruleSet);
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, namedRegistries);
  const destinations = new Map(mirrored(hosts));
  const tables = [...new Set([...destinations.keys(), ...connections.keys()])].map((host) =>
    registryTable(host, destinations.get(host), connections.get(host)),
  );
  const text = `# ${madeBy('buildkit')}\n${tables.join('')}`;
  return {
    documents: [
      { path: 'buildkitd.toml', text },
      ...caFiles(connections, 'buildkit', (host) => `certs.d/${host}/ca.crt`),
    ],
    // What a build may pull is asked of its client, mirror by mirror: `docker login` to the mirror
    // is enough.
    diagnostics: [
      ...diagnostics.filter(({ code }) => code !== 'no-credentials'),
      ...mirrorOnlyDiagnostic(options),
    ],
  };
}

function registryTable(
  host: string,
  destination: Destination | undefined,
  connection: Connection | undefined,
): string {
  const lines = [`\n[registry.${tomlString(host)}]\n`];
  if (destination !== undefined)
    lines.push(`  mirrors = ${tomlStrings([mirrorOf(destination)])}\n`);
  if (connection?.plainHttp) lines.push('  http = true\n');
  if (connection?.ca !== undefined)
    lines.push(`  ca = ${tomlStrings([`/etc/buildkit/certs.d/${host}/ca.crt`])}\n`);
  return lines.join('');
}

function mirrorOf({ registry, path }: Destination): string {
  return path === '' ? apiHost(registry) : `${apiHost(registry)}/${path}`;
}
