import { writeYaml } from '../manifest/write-yaml.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target } from './contract/target.ts';
import { authorities, type Connections, connectionsOf } from './node/connections.ts';
import { endpointUrls, withConnections } from './node/endpoints.ts';
import { registryUrl } from './node/mirrors.ts';
import { type HostMirror, hostMirrors } from './node/mirrors-by-host.ts';

/** Writes RegistryMirrorConfig of Talos. */
export const talos: Target = {
  name: 'talos',
  title: 'Talos 1.12 and newer: RegistryMirrorConfig, for talosctl apply-config or patch',
  abilities: {
    paths: 'no',
    wildcards: 'partly', // * yes, *.host no
    keep: 'yes',
    deny: 'no',
    library: 'partly', // always
    namespaces: 'no',
    bypass: 'no',
  },
  takes: ['mirrorOnly'],
  compile: compileTalos,
};

/**
 * Compiles to
 * https://docs.siderolabs.com/talos/v1.12/reference/configuration/cri/registrymirrorconfig and
 * https://docs.siderolabs.com/talos/v1.12/reference/configuration/cri/registrytlsconfig
 */
function compileTalos(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const abilities = { other: true, deny: false, parts: false, mirrorOnly: true };
  const connections = connectionsOf(ruleSet);
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, abilities);
  const all = withConnections(hosts, connections, ({ plainHttp }) => plainHttp);
  const documents = [
    ...[...all].map(([host, mirror]) => mirrorConfig(host, mirror, connections)),
    ...authorities(connections).map(([name, ca]) => {
      return { apiVersion: 'v1alpha1', kind: 'RegistryTLSConfig', name, ca };
    }),
  ];
  return {
    documents: [{ path: 'talos.yaml', text: `# ${madeBy('talos')}\n${writeYaml(documents)}` }],
    diagnostics,
  };
}

function mirrorConfig(host: string, mirror: HostMirror, connections: Connections): object {
  const urls = endpointUrls(host, mirror, connections);
  // To keep a registry from going where every other goes, it is its own mirror.
  const itself = registryUrl({ registry: host, path: '' }, connections);
  return {
    apiVersion: 'v1alpha1',
    kind: 'RegistryMirrorConfig',
    name: host,
    endpoints: (urls.length === 0 ? [itself] : urls).map((url) => ({ url, overridePath: true })),
    ...(mirror.action === 'rewrite' && mirror.isOnly ? { skipFallback: true } : {}),
  };
}
