import { setTimeout as sleep } from 'node:timers/promises';
import { issueFor } from '../../cluster/rig/brought-certificate.ts';
import { until } from '../../rig/process.ts';
import type { Drill } from '../drill.ts';
import type { Scene } from '../scene.ts';

/** In seconds: how long a registration is out of force after its mistake was made. */
const healing = 1;

function bundleDrill(name: string, bundle: (scene: Scene) => string): Drill {
  return {
    name: `caBundle ${name}`,
    promise: 'a `caBundle` that somebody changes',
    async run(scene) {
      await scene.mayLose(healing, () => scene.product.setCaBundle(bundle(scene)));
      await sleep(5_000);
    },
  };
}

/** Lists what hands do to the webhook's registration. */
export const registrationDrills: readonly Drill[] = [
  {
    name: 'webhook configuration deleted, and brought back by helm upgrade',
    promise: 'a registration that is deleted',
    async run(scene) {
      const { cluster, release, product } = scene;
      let upgrade = Promise.resolve();
      await scene.mayLose(healing, async () => {
        const registration = `mutatingwebhookconfiguration/${product.name}`;
        await cluster.kubectl(['delete', registration]);
        await sleep(5_000);
        upgrade = release.upgrade();
        const isBack = () => cluster.isThere(registration);
        await Promise.race([upgrade, until('it is back', isBack, 90)]);
      });
      await upgrade;
    },
  },
  bundleDrill('emptied', () => ''),
  bundleDrill('broken', () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
  bundleDrill('foreign', ({ cluster }) => issueFor(cluster, 'another').cert),
  {
    name: 'failurePolicy changed, from Ignore to Fail or back',
    async run(scene) {
      const { failurePolicy } = scene.release.values.webhook;
      const wanted = failurePolicy === 'Fail' ? 'Ignore' : 'Fail';
      scene.release.values = { ...scene.release.values, webhook: { failurePolicy: wanted } };
      await scene.release.upgrade();
      await scene.release.isRegistered();
    },
  },
];
