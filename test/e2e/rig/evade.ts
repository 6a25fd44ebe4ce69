import type { Evasion, Step } from '../../rig/evasions/evasion.ts';
import { strays } from '../../rig/evasions/evasions.ts';
import { ApiError, type Kubernetes } from '../../rig/kubernetes.ts';
import type { Pod } from '../../rig/kubernetes-object.ts';

/** What came of an evasion. */
interface Outcome {
  /** What the API server said to the requests that it refused. */
  readonly refusals: readonly string[];
  /** The stored Pod, if there is one. */
  readonly pod: Pod | undefined;
  /** Its images that are not in the mirror. */
  readonly strays: readonly string[];
}

let count = 0;

/**
 * Sends an evasion's requests, each whether or not the one before was refused, and looks at what is
 * stored.
 */
export async function evade(
  kubernetes: Kubernetes,
  namespace: string,
  { steps }: Evasion,
): Promise<Outcome> {
  count += 1;
  const name = `evasion-${count}`;
  const refusals: string[] = [];
  for (const step of steps) {
    await send(kubernetes, namespace, name, step).catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      refusals.push(`${error.status} ${error.message}`);
    });
  }
  const pod = await kubernetes.getPod(namespace, name).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  });
  return { refusals, pod, strays: pod === undefined ? [] : strays(pod) };
}

function send(kubernetes: Kubernetes, namespace: string, name: string, step: Step): Promise<Pod> {
  if (step.verb === 'patch') {
    return kubernetes.patchPod(namespace, name, step.patch, step.subresource);
  }
  const pod = { ...step.pod, metadata: { ...step.pod.metadata, name } };
  if (step.verb === 'create') return kubernetes.createPod(namespace, pod);
  return step.verb === 'apply'
    ? kubernetes.applyPod(namespace, pod)
    : kubernetes.replacePod(namespace, pod);
}
