import { expect } from 'vitest';
import { defaultMirror } from '../../rig/kubernetes-object.ts';
import type { Cluster } from '../rig/cluster.ts';
import type { Product } from '../rig/product.ts';
import { summary, underLoad } from './load.ts';
import type { LoadOptions, LoadReport } from './report.ts';

/** Names the image that the Pods of the load are written with. */
export const image = 'k8s.gcr.io/pause:3.1';
/** Names what their image becomes. */
export const mirrored = `${defaultMirror}/gcr/google_containers/pause:3.1`;

/** Does something to a product under load, and prints and returns what came of it. */
export async function disturb(
  cluster: Cluster,
  product: Product,
  {
    what,
    how,
    ...options
  }: { readonly what: string; readonly how: () => Promise<unknown> } & Partial<LoadOptions>,
): Promise<LoadReport> {
  const namespace = 'load';
  await cluster.createNamespace(namespace, 'privileged');
  const wanted = { configuration: product.name, namespace, image, ...options };
  const report = await underLoad(cluster, wanted, async () => void (await how()));
  console.log(summary(what, report));
  return report;
}

/** Fails if an admission failed or was not rewritten, or if there were hardly any. */
export function expectNoneLost({ admissions, fresh }: LoadReport): void {
  for (const { sent, messages, failed, unRewritten } of [admissions, fresh]) {
    expect({ messages, failed, unRewritten }).toEqual({ messages: {}, failed: 0, unRewritten: 0 });
    expect(sent).toBeGreaterThan(20);
  }
}

/** Fails if an admission was lost, or if the load was not that of 200 admissions a second. */
export function expectNothingLost(report: LoadReport): void {
  expectNoneLost(report);
  const { seconds, admissions, fresh } = report;
  // Whatever the length of the load, it was one: 200 and 20 a second are asked of the generator.
  expect(admissions.sent / seconds).toBeGreaterThan(150);
  expect(fresh.sent / seconds).toBeGreaterThan(15);
}
