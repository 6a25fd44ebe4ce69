import type { TestProject } from 'vitest/node';
import type { ClusterAddress } from './rig/cluster.ts';
import { pushProduct, startCluster } from './rig/start-cluster.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterAddress;
  }
}

/** Starts one cluster for all test files. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const begun = performance.now();
  const running = await startCluster();
  console.log(`cluster: ready after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  try {
    await pushProduct(running);
  } catch (error) {
    await running.stop();
    throw error;
  }
  project.provide('cluster', running.address);
  return running.stop;
}
