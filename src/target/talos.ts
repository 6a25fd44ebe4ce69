import { writeYaml } from '../manifest/write-yaml.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target } from './contract/target.ts';
import { registryUrl } from './node/mirrors.ts';
import { hostMirrors } from './node/mirrors-by-host.ts';

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
 * https://docs.siderolabs.com/talos/v1.12/reference/configuration/cri/registrymirrorconfig
 */
function compileTalos(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const abilities = { other: true, deny: false, parts: false, mirrorOnly: true };
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, abilities);
  const documents = [...hosts].map(([host, mirror]) => {
    // To keep a registry from going where every other goes, it is its own mirror.
    const itself = { registry: host, path: '' };
    const url = registryUrl(mirror.action === 'rewrite' ? mirror.destination : itself);
    return {
      apiVersion: 'v1alpha1',
      kind: 'RegistryMirrorConfig',
      name: host,
      endpoints: [{ url, overridePath: true }],
      ...(mirror.action === 'rewrite' && mirror.isOnly ? { skipFallback: true } : {}),
    };
  });
  return {
    documents: [{ path: 'talos.yaml', text: `# ${madeBy('talos')}\n${writeYaml(documents)}` }],
    diagnostics,
  };
}
