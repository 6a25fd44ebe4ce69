import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findPrograms, startControlPlane } from './kube-apiserver.ts';
import { type ApiServer, Kubernetes } from './kubernetes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    apiServer: ApiServer;
  }
}

/**
 * Starts one real API server for all test files. Its logs, and those of every `detour`, stay for a
 * reader.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const programs = findPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'image-detour-e2e-'));
  console.log(`e2e: logs are in ${folder}`);
  const controlPlane = await startControlPlane(folder, programs);
  const kubernetes = new Kubernetes(controlPlane.apiServer);
  // Without the controller manager nobody makes them, and Pods are refused where there is none.
  for (const namespace of ['default', 'kube-system']) {
    await kubernetes.createServiceAccount(namespace);
  }
  project.provide('apiServer', controlPlane.apiServer);
  return async () => {
    await controlPlane.stop();
    rmSync(join(folder, 'etcd'), { recursive: true, force: true });
  };
}
