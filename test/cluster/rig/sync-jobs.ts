import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { detourProgram } from '../../rig/detour.ts';
import type { Cluster } from './cluster.ts';
import { startRegistry } from './registry.ts';

/** Where Pods reach the registries of the node. */
const forPods = { mirror: '10.88.8.1:5003', origin: '10.88.8.1:5004' } as const;

/** Starts both registries once more, at an address that Pods reach. */
export async function openRegistriesForPods(cluster: Cluster): Promise<void> {
  for (const name of ['mirror', 'origin'] as const)
    await startRegistry(cluster, `${name}-for-pods`, forPods[name], { imagesOf: name });
}

/** The image that can be started. */
export const startable = 'r3';

/**
 * Makes images of random bytes in `origin/fill/NAME:1`: each is larger
 * than the one before, so that a shard does not finish all of its images at once.
 */
export async function pushSources(cluster: Cluster, names: readonly string[]): Promise<void> {
  const { address } = cluster;
  for (const [index, name] of names.entries()) {
    const file = join(address.folder, `random-${name}`);
    writeFileSync(file, randomBytes((index + 1) * 150_000));
    const files = {
      '/random': file,
      ...(name === startable && { '/pause': join(address.programs, 'pause') }),
    };
    await cluster.pushFiles(`${address.origin}/fill/${name}:1`, { files, command: ['/pause'] });
  }
}

/** The name of an image in lists of the Pods. */
export function listed(name: string): string {
  return `${forPods.origin}/fill/${name}:1`;
}

/** Rules that send the images to `mirror/TO/NAME:1`. */
export function rulesOf(to: string): object {
  const rules = [{ from: `${forPods.origin}/fill`, to: `${forPods.mirror}/${to}` }];
  const plain = { plainHttp: true };
  return { version: 1, registries: { [forPods.origin]: plain, [forPods.mirror]: plain }, rules };
}

/** Writes these rules, and gives the name of the file. */
export function writeRules(cluster: Cluster, to: string): string {
  const file = join(cluster.address.folder, `fill-${to}.yaml`);
  writeFileSync(file, stringify(rulesOf(to)));
  return file;
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs detour where the cluster is, with its kubectl and kubeconfig. */
export async function detourInside(
  cluster: Cluster,
  args: readonly string[],
  input = '',
): Promise<Ended> {
  const { programs, kubeconfig } = cluster.address;
  const env = [`PATH=${programs}:${process.env.PATH}`, `KUBECONFIG=${kubeconfig}`];
  const command = ['env', ...env, process.execPath, detourProgram, ...args];
  const output = await cluster.inside(
    ['bash', '-c', '"$@" 2>&1; echo "exit $?"', 'bash', ...command],
    { input },
  );
  const at = output.lastIndexOf('exit ');
  return { code: Number(output.slice(at + 5)), output: output.slice(0, at) };
}
