import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce } from '../../rig/build-once.ts';
import { Cluster, type ClusterAddress } from './cluster.ts';
import { startNode } from './cluster-node.ts';
import { kubeconfigOf, startControlPlane } from './control-plane.ts';
import { architecture } from './image.ts';
import { openNamespaces } from './linux-namespaces.ts';
import { startRegistry } from './registry.ts';

/** RunningCluster is a cluster until `stop` ends it with everything in it. */
export interface RunningCluster {
  readonly address: ClusterAddress;
  stop(): Promise<void>;
}

const mirror = '127.0.0.1:5001';
const origin = '127.0.0.1:5002';
/** The registries that the default rules know: the public mirror, and whose images it has. */
const registries = {
  '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn': mirror,
  'docker.io': origin,
  'gcr.io': origin,
  'k8s.gcr.io': origin,
  'quay.io': origin,
} as const;

const root = join(import.meta.dirname, '../../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
};

/**
 * Starts a cluster that has the product's image. Takes minutes the first time, when programs are
 * built.
 */
export async function startCluster(): Promise<RunningCluster> {
  const programs = buildPrograms();
  const { pid, folder, stop } = await openNamespaces();
  try {
    const address: ClusterAddress = {
      pid,
      folder,
      programs,
      mirror,
      origin,
      kubeconfig: kubeconfigOf(folder, 'admin'),
      productImage: `${mirror}/image-detour:${version}`,
    };
    const cluster = new Cluster(address);
    console.log(`cluster: logs are in ${join(folder, 'log')}`);
    await Promise.all([
      startControlPlane(cluster),
      startRegistry(cluster, 'mirror', mirror),
      startRegistry(cluster, 'origin', origin),
    ]);
    await startNode(cluster, registries);
    return { address, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Builds the product's image and puts it into the registry. */
export async function pushProduct({ address }: RunningCluster): Promise<void> {
  const archive = join(address.folder, 'product.oci.tar');
  execFileSync(
    process.execPath,
    ['scripts/build-image.js', '--platform', `linux/${architecture}`, '--output', archive],
    { cwd: root, stdio: 'inherit' },
  );
  await new Cluster(address).pushArchive(address.productImage, archive);
}

function buildPrograms(): string {
  return buildOnce('test/cluster/rig/build-kubernetes.sh');
}
