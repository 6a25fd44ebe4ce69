import type { Destination } from '../rules/destination.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target } from './contract/target.ts';
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
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, namedRegistries);
  const tables = mirrored(hosts).map(
    ([host, destination]) =>
      `\n[registry.${tomlString(host)}]\n  mirrors = ${tomlStrings([mirrorOf(destination)])}\n`,
  );
  const text = `# ${madeBy('buildkit')}\n${tables.join('')}`;
  return {
    documents: [{ path: 'buildkitd.toml', text }],
    // What a build may pull is asked of its client, mirror by mirror: `docker login` to the mirror
    // is enough.
    diagnostics: [
      ...diagnostics.filter(({ code }) => code !== 'no-credentials'),
      ...mirrorOnlyDiagnostic(options),
    ],
  };
}

function mirrorOf({ registry, path }: Destination): string {
  return path === '' ? apiHost(registry) : `${apiHost(registry)}/${path}`;
}
