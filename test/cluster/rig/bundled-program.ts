import { join } from 'node:path';
import { build } from 'esbuild';
import { type Running, until } from '../../rig/process.ts';
import type { Cluster } from './cluster.ts';

/** BundledProgram is a program of the tests that runs where the cluster's network is. */
export interface BundledProgram {
  readonly running: Running;
  /** Sends SIGTERM, and waits for the end. */
  stop(): Promise<void>;
}

/**
 * Bundles a program, whose file is `entry`, and starts it with one argument: plain data, as JSON.
 * Two programs that run at once must not have the same name.
 */
export async function startBundled(
  cluster: Cluster,
  { name, entry, argument }: { name: string; entry: string; argument: object },
): Promise<BundledProgram> {
  const file = join(cluster.address.folder, `${name}.mjs`);
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  const running = cluster.start(name, [process.execPath, file, JSON.stringify(argument)]);
  const stop = async () => {
    // A signal to nsenter, which is what the rig has started, would not get through.
    if (running.isAlive()) await cluster.inside(['pkill', '-TERM', '--full', `${file} `]);
    await until(`${name} has ended`, () => !running.isAlive(), 90);
  };
  return { running, stop };
}
