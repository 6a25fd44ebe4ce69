import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { inject } from 'vitest';

/** Runs the real kubectl and returns its standard output. */
export function kubectl(args: readonly string[], input = ''): string {
  return run(args, input).stdout;
}

/** Runs kubectl without blocking, for commands that make the API server call this process. */
export async function kubectlAsync(...args: readonly string[]): Promise<string> {
  const server = inject('apiServer');
  const all = ['--kubeconfig', server.kubeconfig, ...args];
  return (await promisify(execFile)(server.kubectl, all)).stdout;
}

/** Runs the real kubectl and returns what it warns of. */
export function kubectlWarnings(args: readonly string[]): string {
  return run(args, '').stderr;
}

function run(args: readonly string[], input: string): { stdout: string; stderr: string } {
  const server = inject('apiServer');
  const all = ['--kubeconfig', server.kubeconfig, ...args];
  const { status, stdout, stderr } = spawnSync(server.kubectl, all, { encoding: 'utf8', input });
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  return { stdout, stderr };
}
