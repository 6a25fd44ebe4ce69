import { inject } from 'vitest';
import { run } from './chart.ts';

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
