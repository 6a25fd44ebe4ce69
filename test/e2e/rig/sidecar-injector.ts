import type { Kubernetes } from '../../rig/kubernetes.ts';
import type { Container } from '../../rig/kubernetes-object.ts';
import { startPeerWebhook } from './peer-webhook.ts';

/**
 * Starts another project's webhook, which adds a container to every Pod that has none of that name.
 * Its configuration's name sorts after image-detour, so the API server asks it later.
 */
export function startSidecarInjector(
  kubernetes: Kubernetes,
  sidecar: Container,
): Promise<() => Promise<void>> {
  return startPeerWebhook(kubernetes, {
    name: 'sidecar-injector',
    patch: ({ spec }) =>
      spec.containers.some(({ name }) => name === sidecar.name)
        ? []
        : [{ op: 'add', path: '/spec/containers/-', value: sidecar }],
  });
}
