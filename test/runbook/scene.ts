import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { Cluster } from '../cluster/rig/cluster.ts';
import { clusterPod } from '../cluster/rig/cluster-objects.ts';
import { chart, Product } from '../cluster/rig/product.ts';
import { detourProgram } from '../rig/detour.ts';
import type { KubernetesObject } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { RunbookPage } from './page.ts';

/* Where incidents are staged: an installation with the names that the runbook assumes. */

export const cluster = new Cluster(inject('cluster'));

export const rule = { from: 'k8s.gcr.io', to: 'good.example/gcr' };
export const destination = '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn';

export const product = new Product(cluster, 'image-detour', {
  rules: { content: { version: 1, rules: [rule] } },
  events: true,
});

/** Rules as text: `rule`, and what follows it. */
export const rulesText = (more = '') =>
  `version: 1\nrules:\n  - from: ${rule.from}\n    to: ${rule.to}\n${more}`;

const folder = mkdtempSync(join(cluster.address.folder, 'runbook-'));
export const page = new RunbookPage(cluster, folder);

/** Gives the page's commands a program. */
export function provideProgram(name: string, line: string): void {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${line}\n`);
  chmodSync(file, 0o755);
}

export function provideDetour(): void {
  provideProgram('detour', `exec ${process.execPath} ${detourProgram} "$@"`);
}

/** Upgrades as the runbook says, where somebody has changed objects by hand. */
export async function upgrade(
  values: object = {},
  more: readonly string[] = ['--wait'],
): Promise<void> {
  const args = ['upgrade', product.name, chart, '--values', '-', '--force-conflicts', ...more];
  const place = ['--namespace', product.namespace];
  await cluster.helm([...args, ...place], { input: product.valuesText({ ...values }) });
}

/** Returns why the API server refuses a Pod, as soon as it does. */
export async function refusal(): Promise<string> {
  const attempt = () => cluster.admit(clusterPod('refused', 'k8s.gcr.io/pause:3.1'));
  const message = () =>
    attempt().then(
      () => undefined,
      (error: Error) => error.message,
    );
  return await until('Pods are refused', message, 60);
}

/** Changes the registration with a JSON patch. */
export async function patchRegistration(...patch: readonly object[]): Promise<void> {
  const what = ['mutatingwebhookconfiguration', product.name, '--type=json'];
  await cluster.kubectl(['patch', ...what, '--patch', JSON.stringify(patch)]);
}

/** Creates objects, and returns how to delete them at once. */
export async function create(
  ...objects: readonly KubernetesObject[]
): Promise<() => Promise<void>> {
  await cluster.apply(...objects);
  return async () => {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    await cluster.kubectl(['delete', '--ignore-not-found', '--now', '-f', '-'], { input });
  };
}
