import { dockerHub } from '../reference/docker-hub.ts';
import type { Destination } from '../rules/destination.ts';
import { findRule } from '../rules/find-rule.ts';
import type { Rule, RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, notExpressible, type Target } from './contract/target.ts';
import { caFiles, connectionsOf, isPlain, plainHosts } from './node/connections.ts';
import { mirrorOnlyDiagnostic } from './node/mirrors.ts';
import { hostMirrors, mirrored } from './node/mirrors-by-host.ts';
import { namedRegistries, registriesOnly } from './node/named-registries.ts';

/** Writes Docker's daemon.json. */
export const docker: Target = {
  name: 'docker',
  title: 'Docker: daemon.json, for /etc/docker; Docker Hub only, to the top of a mirror',
  abilities: registriesOnly,
  takes: ['mirrorOnly'],
  compile: compileDocker,
};

/**
 * Compiles to https://docs.docker.com/docker-hub/image-library/mirror/ and, for CAs,
 * https://docs.docker.com/engine/security/certificates/
 */
function compileDocker(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const connections = connectionsOf(ruleSet);
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, namedRegistries);
  const mirrors: string[] = [];
  const reported = [...diagnostics];
  for (const [host, destination] of mirrored(hosts)) {
    const why = whyInexpressible(host, destination);
    const scheme = isPlain(connections, destination.registry) ? 'http' : 'https';
    if (why === undefined) mirrors.push(`${scheme}://${destination.name}`);
    else reported.push(notExpressible(ruleOf(host, ruleSet), `"${host}": ${why}`));
  }
  const plain = plainHosts(connections);
  const daemon = {
    'registry-mirrors': mirrors,
    ...(plain.length > 0 && { 'insecure-registries': plain }),
  };
  return {
    documents: [
      { path: 'daemon.json', text: `${JSON.stringify(daemon, undefined, 2)}\n` },
      ...caFiles(connections, 'docker', (host) => `certs.d/${host}/ca.crt`),
    ],
    diagnostics: [
      ...reported.filter(({ code }) => mirrors.length > 0 || code !== 'no-credentials'),
      ...mirrorOnlyDiagnostic(options),
    ],
  };
}

function whyInexpressible(host: string, { path }: Destination): string | undefined {
  if (host !== dockerHub) return 'Docker has mirrors for Docker Hub only';
  // What a mirror's URL has for a path comes before /v2, where no registry has its repositories.
  if (path !== '') return "Docker has no path in a mirror's registry";
  return undefined;
}

function ruleOf(host: string, ruleSet: RuleSet): Rule | undefined {
  return findRule(ruleSet, { host, repository: '', suffix: '' }, { namespace: undefined });
}
