import type { RuleSet } from '../rules/rule-set.ts';
import { mirrorOnlyDiagnostic } from './node-mirrors.ts';
import { hostMirrors } from './node-mirrors-by-host.ts';
import type { Compiled, Target, TargetOptions } from './target.ts';
import { tomlString, tomlStrings } from './toml.ts';

export const buildkit: Target = {
  name: 'buildkit',
  title: 'BuildKit: buildkitd.toml, for /etc/buildkit',
  abilities: {
    paths: 'no',
    wildcards: 'no',
    keep: 'yes',
    deny: 'no',
    library: 'partly', // always
    namespaces: 'no',
    bypass: 'no',
  },
  compile: compileBuildkit,
};

/** Mirrors have no scheme there: https://github.com/moby/buildkit/blob/master/docs/buildkitd.toml.md */
function compileBuildkit(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const { hosts, diagnostics } = hostMirrors(ruleSet, { other: false, deny: false, parts: false });
  const tables = [...hosts].map(
    ([host, { to }]) => `[registry.${tomlString(host)}]\n  mirrors = ${tomlStrings([to])}\n`,
  );
  return {
    documents: [{ path: 'buildkitd.toml', text: tables.join('\n') }],
    // What a build may pull is asked of its client, mirror by mirror: `docker login` to the mirror is enough.
    diagnostics: [
      ...diagnostics.filter(({ code }) => code !== 'no-credentials'),
      ...mirrorOnlyDiagnostic(options),
    ],
  };
}
