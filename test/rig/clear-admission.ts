import { afterAll, inject } from 'vitest';
import { type ApiError, Kubernetes } from './kubernetes.ts';
import { imageOf, type KubernetesObject, podWith } from './kubernetes-object.ts';
import { until } from './process.ts';

/*
 * All files of a suite share one API server. Whatever a test that failed or timed out left
 * registered would decide about the Pods of every later file.
 */

const group = '/apis/admissionregistration.k8s.io/v1';
const kinds = [
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'mutatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'validatingadmissionpolicies',
] as const;

interface List extends KubernetesObject {
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
}

afterAll(async () => {
  const kubernetes = new Kubernetes(inject('apiServer'));
  const left: string[] = [];
  for (const kind of kinds) {
    const { items } = await kubernetes.get<List>(`${group}/${kind}`);
    for (const { metadata } of items) {
      left.push(`${kind}/${metadata.name}`);
      await kubernetes.delete(`${group}/${kind}/${metadata.name}`).catch((error: ApiError) => {
        if (error.status !== 404) throw error;
      });
    }
  }
  if (left.length === 0) return;
  console.warn(`left behind, and deleted: ${left.join(', ')}`);
  const probe = podWith('quay.io/probe:1');
  await until('Pods stay as they are written', () =>
    kubernetes.createPod('default', probe, { dryRun: true }).then(
      (answer) => imageOf(answer) === imageOf(probe),
      () => false,
    ),
  );
});
