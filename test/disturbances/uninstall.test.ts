import { expect, inject, test } from 'vitest';
import { disturb, image } from '../cluster/load/disturb.ts';
import { Cluster } from '../cluster/rig/cluster.ts';
import { Product } from '../cluster/rig/product.ts';

const cluster = new Cluster(inject('cluster'));
const values = {
  webhook: { failurePolicy: 'Fail' },
  events: true,
  namespaceRules: true,
  networkPolicy: { enabled: true },
};
/** Its name is its own: the Pod of another release's helm test stays. */
const product = new Product(cluster, 'uninstalled', values, 'uninstalled');

test('uninstalled by Helm under load: no Pod is refused, and nothing is left', async () => {
  await product.install();
  expect(await allObjects()).toContain('mutatingwebhookconfiguration.admissionregistration');

  // Whoever asked the webhook itself would rightly find nobody.
  const options = { what: 'uninstall by Helm', freshEvery: 0 };
  const how = () => product.uninstall();
  const { admissions } = await disturb(cluster, product, { ...options, how });
  expect(admissions.messages).toEqual({});
  expect(admissions.failed).toBe(0);
  // It was at work until then, and no more after it.
  expect(admissions.perSecond[0]).toMatchObject({ unRewritten: 0 });
  expect(admissions.perSecond.at(-1)?.unRewritten).toBe(admissions.perSecond.at(-1)?.sent);
  expect(admissions.images[image]).toBe(admissions.unRewritten);

  // The replicas drain.
  await expect.poll(allObjects, { timeout: 60_000, interval: 1_000 }).toBe('');
});

/**
 * The names of all that has the release's label, in all namespaces, and of what Helm itself keeps
 * of it.
 */
async function allObjects(): Promise<string> {
  const list = ['api-resources', '--verbs=list', '--output=name'];
  // What the API server does not store under a label of its own, such as metrics, is not asked for.
  const kinds = (await cluster.kubectl(list)).trim().split('\n').join(',');
  const all = ['get', kinds, '--all-namespaces', '--output=name', '--ignore-not-found'];
  const [labelled, kept] = await Promise.all([
    cluster.kubectl([...all, '--selector', `app.kubernetes.io/instance=${product.name}`]),
    cluster.kubectl([...all, '--selector', `owner=helm,name=${product.name}`]),
  ]);
  return labelled + kept;
}
