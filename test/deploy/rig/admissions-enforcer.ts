import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiError, type Kubernetes, webhooksPath } from '../../rig/kubernetes.ts';
import type { Rendered } from './chart.ts';

/** The two expressions, as AKS writes them since 2023 (Azure/AKS issue 4002, kong-operator issue 239). */
export const enforced = [
  { key: 'control-plane', operator: 'NotIn', values: ['true'] },
  { key: 'kubernetes.azure.com/managedby', operator: 'NotIn', values: ['aks'] },
];
/** The annotation, or label, by which it leaves a configuration alone (the FAQ of AKS). */
export const disabled = { 'admissions.enforcer/disabled': 'true' };

/** AdmissionsEnforcer plays the part of AKS that edits the registrations of webhooks. */
export interface AdmissionsEnforcer {
  /** How often it has written. */
  readonly writes: () => number;
  readonly stop: () => Promise<void>;
}

/**
 * Adds the expressions to the webhooks of a configuration whenever they are missing, under the name
 * that conflicts on AKS show as the owner of the field (aws-observability/helm-charts pull request
 * 350).
 */
export function startAdmissionsEnforcer(kubernetes: Kubernetes, name: string): AdmissionsEnforcer {
  const path = `${webhooksPath}/${name}`;
  let writes = 0;
  let isStopped = false;
  const enforce = async () => {
    const { metadata, webhooks } = await kubernetes.get<Rendered>(path);
    const marks = { ...metadata.labels, ...metadata.annotations };
    const complete = webhooks.map(withExpressions);
    if (marks['admissions.enforcer/disabled'] === 'true' || isSame(webhooks, complete)) return;
    const { resourceVersion } = metadata as { resourceVersion?: string };
    const patch = { metadata: { resourceVersion }, webhooks: complete };
    await kubernetes.patch(`${path}?fieldManager=admissionsenforcer`, patch);
    writes += 1;
  };
  const ended = (async () => {
    while (!isStopped) {
      await enforce().catch(({ status }: ApiError) => {
        // Not there, or changed meanwhile.
        if (status !== 404 && status !== 409) throw new Error(`the enforcer got ${status}`);
      });
      await sleep(20);
    }
  })();
  const stop = () => {
    isStopped = true;
    return ended;
  };
  return { writes: () => writes, stop };
}

function withExpressions(webhook: Rendered): Rendered {
  const { matchExpressions = [], ...rest } = webhook.namespaceSelector ?? {};
  const missing = enforced.filter(
    (one) => !matchExpressions.some((has: object) => isSame(has, one)),
  );
  const namespaceSelector = { ...rest, matchExpressions: [...matchExpressions, ...missing] };
  return { ...webhook, namespaceSelector };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
