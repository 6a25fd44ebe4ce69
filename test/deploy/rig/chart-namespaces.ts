import { join } from 'node:path';
import { kubectl } from '../../rig/kubectl.ts';
import type { Kubernetes } from '../../rig/kubernetes.ts';
import { root } from './chart.ts';

/** Names install.yaml: the chart with its default values. */
export const installFile = join(root, 'deploy', 'install.yaml');

/**
 * Creates image-detour with the Pod security of install.yaml, and what a chart's variants name;
 * once.
 */
export async function createNamespaces(kubernetes: Kubernetes): Promise<void> {
  const existing = kubectl(['get', 'namespaces', '-o', 'name']);
  if (existing.includes('namespace/image-detour\n')) return;
  kubectl(['apply', '-f', installFile, '--selector', '!app.kubernetes.io/instance']);
  for (const name of ['team-a', 'team-b']) kubectl(['create', 'namespace', name]);
  await kubernetes.createServiceAccount('image-detour');
}
