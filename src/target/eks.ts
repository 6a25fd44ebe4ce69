import type { Diagnostic } from '../rules/diagnostic.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { compileContainerd, containerd } from './containerd.ts';
import type { TargetOptions } from './contract/options.ts';
import { type Compiled, madeBy, notExpressible, type Target } from './contract/target.ts';

/** Writes the user data of EKS nodes, which writes the files of `containerd`. */
export const eks: Target = {
  ...containerd,
  name: 'eks',
  title: 'EKS nodes with Amazon Linux 2023: user data (MIME) that writes hosts.toml',
  compile: compileEks,
};

const boundary = '==image-detour==';

/**
 * nodeadm's NodeConfig has no field for these files, and points containerd at
 * /etc/containerd/certs.d already; so a shell script is enough. It runs before the kubelet starts.
 * EKS adds its own NodeConfig; without a managed node group it is another part of the same message.
 */
function compileEks(ruleSet: RuleSet, options: TargetOptions): Compiled {
  const { documents, diagnostics } = compileContainerd(ruleSet, options);
  const files = documents.flatMap(({ path, text }) => {
    const file = `/etc/containerd/${path}`;
    return [
      `mkdir -p '${file.slice(0, file.lastIndexOf('/'))}'`,
      `cat >'${file}' <<'EOF'`,
      `${text}EOF`,
    ];
  });
  const script = ['#!/bin/bash', `# ${madeBy('eks')}`, 'set -euo pipefail', ...files];
  const message = [
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/x-shellscript; charset="us-ascii"',
    '',
    ...script,
    '',
    `--${boundary}--`,
    '',
  ];
  const text = message.join('\n');
  return {
    documents: [{ path: 'user-data.txt', text }],
    diagnostics: [...diagnostics, ...tooLarge(text.length)],
  };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html */
const maxUserData = 16_384;

function tooLarge(size: number): Diagnostic[] {
  if (size <= maxUserData) return [];
  const message = `the user data has ${size} bytes, EC2 allows ${maxUserData}: bring the files of \`detour compile containerd\` to the nodes in another way`;
  return [notExpressible(undefined, message)];
}
