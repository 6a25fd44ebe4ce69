import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target } from './contract/target.ts';
import { mirrorOnlyDiagnostic, registryUrl } from './node/mirrors.ts';
import { hostMirrors, mirrored } from './node/mirrors-by-host.ts';
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

/** Compiles to https://bottlerocket.dev/en/os/latest/api/settings/container-registry/ */
function compileBottlerocket(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, namedRegistries);
  const tables = mirrored(hosts).map(
    ([host, destination]) =>
      `\n[[settings.container-registry.mirrors]]\nregistry = ${tomlString(host)}\nendpoint = ${tomlStrings([registryUrl(destination)])}\n`,
  );
  const text = `# ${madeBy('bottlerocket')}\n${tables.join('')}`;
  return {
    documents: [{ path: 'bottlerocket.toml', text }],
    diagnostics: [...diagnostics, ...mirrorOnlyDiagnostic(options)],
  };
}
