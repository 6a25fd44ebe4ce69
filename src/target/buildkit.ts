import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target } from './contract/target.ts';
import { addressOf, mirrorOnlyDiagnostic, splitMirror } from './node/mirrors.ts';
import { hostMirrors, registriesOnly } from './node/mirrors-by-host.ts';
import { tomlString, tomlStrings } from './node/toml.ts';

/** Writes BuildKit's buildkitd.toml. */
export const buildkit: Target = {
  name: 'buildkit',
  title: 'BuildKit: buildkitd.toml, for /etc/buildkit',
  abilities: registriesOnly,
  takes: ['mirrorOnly'],
  compile: compileBuildkit,
};

/** Mirrors have no scheme there: https://github.com/moby/buildkit/blob/master/docs/buildkitd.toml.md */
function compileBuildkit(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const { hosts, diagnostics } = hostMirrors(ruleSet, { other: false, deny: false, parts: false });
  const tables = [...hosts].map(
    ([host, { to }]) =>
      `\n[registry.${tomlString(host)}]\n  mirrors = ${tomlStrings([mirrorOf(to)])}\n`,
  );
  const text = `# ${madeBy('buildkit')}\n${tables.join('')}`;
  return {
    documents: [{ path: 'buildkitd.toml', text }],
    // What a build may pull is asked of its client, mirror by mirror: `docker login` to the mirror is enough.
    diagnostics: [
      ...diagnostics.filter(({ code }) => code !== 'no-credentials'),
      ...mirrorOnlyDiagnostic(options),
    ],
  };
}

function mirrorOf(to: string): string {
  const { host, path } = splitMirror(to);
  return path === '' ? addressOf(host) : `${addressOf(host)}/${path}`;
}
