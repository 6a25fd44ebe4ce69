import { containerd } from './containerd.ts';
import type { Target } from './contract/target.ts';

/**
 * Writes the files of `containerd`: nerdctl resolves images itself, by the same files,
 * https://github.com/containerd/nerdctl/blob/main/docs/registry.md
 */
export const nerdctl: Target = {
  ...containerd,
  name: 'nerdctl',
  title:
    'nerdctl: certs.d/HOST/hosts.toml, for /etc/containerd, or ~/.config/containerd without root',
};
