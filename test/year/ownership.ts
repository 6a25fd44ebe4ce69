import type { Cluster } from '../cluster/rig/cluster.ts';
import type { KubernetesObject, Metadata } from '../rig/kubernetes-object.ts';

interface Owned extends KubernetesObject {
  readonly metadata: Metadata & {
    readonly managedFields?: readonly { readonly manager: string }[];
  };
}

/** The field managers of drills, and of what had none. */
const hands = /^(kubectl|gitops|before-first-apply)/;

/** Lets hands own no field of the objects in a file any more, as far as these are there. */
export async function disown(cluster: Cluster, file: string, namespace: string): Promise<void> {
  const all = ['--namespace', namespace, '--show-managed-fields', '--ignore-not-found'];
  const { items } = await cluster.get<{ items: readonly Owned[] }>(...all, '-f', file);
  await Promise.all(items.map((each) => disownOne(cluster, each)));
}

async function disownOne(cluster: Cluster, { apiVersion, kind, metadata }: Owned): Promise<void> {
  const { name = '', namespace, managedFields = [] } = metadata;
  const left = managedFields.filter(({ manager }) => !hands.test(manager));
  if (left.length === managedFields.length) return;
  const [version, group] = apiVersion.split('/').toReversed();
  const type = group === undefined ? kind : `${kind}.${version}.${group}`;
  const patch = JSON.stringify([{ op: 'replace', path: '/metadata/managedFields', value: left }]);
  const where = namespace === undefined ? [] : ['--namespace', namespace];
  await cluster.kubectl(['patch', type, name, ...where, '--type=json', '--patch', patch]);
}
