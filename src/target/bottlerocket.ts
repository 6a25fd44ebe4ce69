import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target } from './contract/target.ts';
import { authorities, connectionsOf } from './node/connections.ts';
import { endpointUrls, withConnections } from './node/endpoints.ts';
import { mirrorOnlyDiagnostic } from './node/mirrors.ts';
import { hostMirrors } from './node/mirrors-by-host.ts';
import { namedRegistries, registriesOnly } from './node/named-registries.ts';
import { tomlString, tomlStrings } from './node/toml.ts';

/** Writes settings of Bottlerocket. */
export const bottlerocket: Target = {
  name: 'bottlerocket',
  title: 'Bottlerocket: settings.container-registry, as user data or for apiclient apply',
  abilities: registriesOnly,
  takes: ['mirrorOnly'],
  compile: compileBottlerocket,
};

/**
 * Compiles to https://bottlerocket.dev/en/os/latest/api/settings/container-registry/ and, for CAs,
 * https://bottlerocket.dev/en/os/latest/api/settings/pki/
 */
function compileBottlerocket(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const connections = connectionsOf(ruleSet);
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, namedRegistries);
  const tables = [...withConnections(hosts, connections, ({ plainHttp }) => plainHttp)].flatMap(
    ([host, mirror]) => {
      const urls = endpointUrls(host, mirror, connections);
      return urls.length === 0 ? [] : mirrorTable(host, urls);
    },
  );
  const text = `# ${madeBy('bottlerocket')}\n${[...tables, ...authorities(connections).map(caTable)].join('')}`;
  return {
    documents: [{ path: 'bottlerocket.toml', text }],
    diagnostics: [...diagnostics, ...mirrorOnlyDiagnostic(options)],
  };
}

function mirrorTable(host: string, urls: readonly string[]): string {
  return `\n[[settings.container-registry.mirrors]]\nregistry = ${tomlString(host)}\nendpoint = ${tomlStrings(urls)}\n`;
}

/** The node trusts the CA for every connection: there is no setting for one registry. */
function caTable([host, ca]: readonly [host: string, ca: string], index: number): string {
  return `\n# ${host}\n[settings.pki.image-detour-${index + 1}]\ndata = ${tomlString(btoa(ca))}\ntrusted = true\n`;
}
