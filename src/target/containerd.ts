import type { RuleSet } from '../rules/rule-set.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, type Target, type TargetDocument } from './contract/target.ts';
import { registryUrl } from './node/mirrors.ts';
import { type HostMirror, hostMirrors } from './node/mirrors-by-host.ts';
import { tomlString, tomlStrings } from './node/toml.ts';

/** Writes containerd's hosts.toml, one for each registry. */
export const containerd: Target = {
  name: 'containerd',
  title: 'containerd 1.6 and newer: certs.d/HOST/hosts.toml, for /etc/containerd',
  abilities: {
    paths: 'no',
    wildcards: 'partly', // * yes, *.host no
    keep: 'yes',
    deny: 'partly', // registries; the message is not told
    library: 'partly', // always
    namespaces: 'no',
    bypass: 'no',
  },
  takes: ['mirrorOnly'],
  compile: compileContainerd,
};

/**
 * Compiles to a folder for each registry:
 * https://github.com/containerd/containerd/blob/main/docs/hosts.md
 */
export function compileContainerd(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const abilities = { other: true, deny: true, parts: false, mirrorOnly: true };
  const { hosts, diagnostics } = hostMirrors(ruleSet, options, abilities);
  const documents = [...hosts].map(
    ([host, mirror]): TargetDocument => ({
      path: `certs.d/${folderOf(host)}/hosts.toml`,
      text: `# ${madeBy('containerd')}\n${hostsToml(mirror)}`,
    }),
  );
  return { documents, diagnostics };
}

/**
 * Returns the folder of a registry: containerd looks for `host_port_` before `host:port`, which not
 * every file system can hold.
 */
function folderOf(host: string): string {
  if (host === '*') return '_default';
  const colon = host.lastIndexOf(':');
  return colon > 0 ? `${host.slice(0, colon)}_${host.slice(colon + 1)}_` : host;
}

function hostsToml(mirror: HostMirror): string {
  if (mirror.action !== 'rewrite') return mirror.action === 'keep' ? keptToml : deniedToml;
  const url = tomlString(registryUrl(mirror.destination));
  const pull = `capabilities = ${tomlStrings(['pull', 'resolve'])}`;
  // Without `server` what is asked last is the registry itself.
  const last = mirror.isOnly ? `${nowhereLast}\n` : '';
  return `${last}[host.${url}]\n  ${pull}\n  override_path = true\n`;
}

const keptToml = '# No mirror: where this file is, _default is not read.\n';

const nowhere = 'https://denied.invalid';

/**
 * containerd 2 does not ask a registry that is there to push only. 1.6 reads that of hosts alone,
 * so the one asked last is at .invalid, which is no domain (RFC 2606).
 */
const nowhereLast = `server = "${nowhere}"\ncapabilities = ["push"]\n`;

/** Without a host 1.6 does not read `server` either. */
const deniedToml = `${nowhereLast}\n[host."${nowhere}"]\n  capabilities = ["push"]\n`;
