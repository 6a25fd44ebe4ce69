import { defaultMirror, type Pod } from '../../rig/kubernetes-object.ts';
import type { PeerWebhook } from './peer-webhook.ts';

/**
 * Stands in for the webhook of container-mirror: its registration, as far as the API server still
 * takes it, and what its function does with containers.
 */
export const imageMutating: PeerWebhook = {
  name: 'image-mutating',
  registration: {
    name: 'image.mutating.webhook',
    failurePolicy: 'Ignore',
    rules: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['CREATE', 'UPDATE'],
        resources: ['pods'],
      },
    ],
    reinvocationPolicy: 'Never',
  },
  patch: ({ spec }: Pod) =>
    (['initContainers', 'containers'] as const).flatMap((list) =>
      (spec[list] ?? []).map(({ image }, index) => ({
        op: 'replace',
        path: `/spec/${list}/${index}/image`,
        value: rewrite(image),
      })),
    ),
};

const bypass = 'direct.to/';
/** The first that an image begins with counts. */
const prefixes = [
  ['k8s.gcr.io/', 'gcr/google_containers/'],
  ['gcr.io/', 'gcr/'],
  ['quay.io/', 'quay/'],
  ['docker.io/', 'dockerhub/'],
] as const;

function rewrite(image: string): string {
  if (image.startsWith(bypass)) return image.slice(bypass.length);
  for (const [prefix, path] of prefixes) {
    if (image.startsWith(prefix)) return `${defaultMirror}/${path}${image.slice(prefix.length)}`;
  }
  // Whatever has no dot before its first slash is taken for an image of Docker Hub.
  const hasDot = image.slice(0, image.indexOf('/') + 1).includes('.');
  return hasDot ? image : `${defaultMirror}/dockerhub/${image}`;
}
