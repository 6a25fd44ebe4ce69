import { type Pod, podOf } from '../../rig/kubernetes-object.ts';
import type { Cluster } from './cluster.ts';

interface Name {
  readonly namespace: string;
  readonly name: string;
}

/** Returns a namespace that enforces a Pod security standard. */
export function namespaceOf(name: string, podSecurity: 'privileged' | 'restricted'): object {
  const labels = { 'pod-security.kubernetes.io/enforce': podSecurity };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** Returns a Pod of one container, in the default namespace. */
export function clusterPod(name: string, image: string): Pod {
  const spec = { containers: [{ name: 'app', image }], terminationGracePeriodSeconds: 1 };
  return podOf(name, spec, { namespace: 'default' });
}

/**
 * Returns a Pod that runs what the image runs by default, with additional arguments if there are
 * any.
 */
export function productPod(
  { address }: Cluster,
  { namespace, name, args = [] }: Name & { readonly args?: readonly string[] },
): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'detour',
          image: address.productImage,
          ...(args.length > 0 && { args: ['serve', '--health-listen', ':8081', ...args] }),
          ports: [{ name: 'webhook', containerPort: 8443 }],
          readinessProbe: { httpGet: { path: '/readyz', port: 8081 }, periodSeconds: 1 },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          },
        },
      ],
    },
  };
}

/** Returns a Service that leads to the webhook's port of the Pods of that name. */
export function serviceOf({ namespace, name }: Name): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port: 443, targetPort: 'webhook' }] },
  };
}
