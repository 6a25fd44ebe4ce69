import type { RuleSet } from '../rules/rule-set.ts';
import { mirrorOnlyDiagnostic, registryUrl, splitMirror } from './node-mirrors.ts';
import { hostMirrors } from './node-mirrors-by-host.ts';
import type { Compiled, Target, TargetOptions } from './target.ts';
import { tomlString, tomlStrings } from './toml.ts';

export const bottlerocket: Target = {
  name: 'bottlerocket',
  title: 'Bottlerocket: settings.container-registry, as user data or for apiclient apply',
  abilities: {
    paths: 'no',
    wildcards: 'no',
    keep: 'yes',
    deny: 'no',
    library: 'partly', // always
    namespaces: 'no',
    bypass: 'no',
  },
  compile: compileBottlerocket,
};

/** https://bottlerocket.dev/en/os/latest/api/settings/container-registry/ */
function compileBottlerocket(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const { hosts, diagnostics } = hostMirrors(ruleSet, { other: false, deny: false, parts: false });
  const tables = [...hosts].map(([host, { to }]) =>
    [
      '[[settings.container-registry.mirrors]]',
      `registry = ${tomlString(host)}`,
      `endpoint = ${tomlStrings([registryUrl(splitMirror(to))])}`,
      '',
    ].join('\n'),
  );
  return {
    documents: [{ path: 'bottlerocket.toml', text: tables.join('\n') }],
    diagnostics: [...diagnostics, ...mirrorOnlyDiagnostic(options)],
  };
}
