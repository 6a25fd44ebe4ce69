import { spawnSync } from 'node:child_process';
import { inject } from 'vitest';
import { buildOnce } from '../../rig/build-once.ts';
import { type Run, run, tool } from './chart.ts';

/** Runs helm on a release in the namespace of the same name; throws what it reports. */
export function helm(
  release: string,
  command: string,
  args: readonly string[] = [],
  values: object = {},
): void {
  const place = ['--namespace', release, '--kubeconfig', inject('apiServer').kubeconfig];
  const { status, stderr } = run(
    'helm',
    [command, release, ...args, ...place],
    // Nothing runs the Pod of this hook here.
    JSON.stringify({ ...values, rules: { check: false } }),
  );
  if (status !== 0) throw new Error(stderr);
}

/** Helm runs one version of Helm at the API server, with values on standard input. */
export type Helm = (args: readonly string[], values?: object) => Run;

/** Lists the versions of Helm that people have, which change objects in different ways. */
export const helms: readonly (readonly [name: string, helm: Helm])[] = [
  ['Helm 4', atApiServer(() => tool('helm'))],
  ['Helm 3', atApiServer(() => buildOnce('test/deploy/build-helm3.sh'))],
];

function atApiServer(program: () => string): Helm {
  return (args, values = {}) => {
    const { error, ...ended } = spawnSync(program(), args, {
      encoding: 'utf8',
      // Nothing runs the Pod of this hook here.
      input: JSON.stringify({ ...values, rules: { check: false } }),
      env: { ...process.env, KUBECONFIG: inject('apiServer').kubeconfig },
    });
    if (error !== undefined) throw error;
    return ended;
  };
}

/** Returns what a run wrote; throws what it reports if it failed. */
export function outputOf({ status, stdout, stderr }: Run): string {
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
