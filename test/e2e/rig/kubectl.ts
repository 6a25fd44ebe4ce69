import { execFileSync } from 'node:child_process';
import { inject } from 'vitest';

/** Runs the real kubectl and returns its standard output. */
export function kubectl(args: readonly string[], input = ''): string {
  const server = inject('apiServer');
  return execFileSync(server.kubectl, ['--kubeconfig', server.kubeconfig, ...args], {
    encoding: 'utf8',
    input,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
