import type { Drill } from '../drill.ts';
import type { Scene } from '../scene.ts';

/** Applies the chart's manifests as a GitOps tool does that renders charts itself. */
async function applyManifests(scene: Scene, ...how: readonly string[]): Promise<void> {
  const input = await scene.release.manifests();
  const namespace = ['--namespace', scene.product.namespace];
  await scene.cluster.kubectl(['apply', ...namespace, ...how, '-f', '-'], { input });
  await scene.release.isRegistered();
}

/** Lists how releases are applied. */
export const gitopsDrills: readonly Drill[] = [
  {
    name: 'manifests applied by kubectl, client-side, twice',
    async run(scene) {
      await applyManifests(scene);
      await applyManifests(scene);
      await scene.release.takeBack();
    },
  },
  {
    name: 'manifests applied by kubectl, server-side, twice',
    async run(scene) {
      const how = ['--server-side', '--force-conflicts', '--field-manager=gitops'];
      await applyManifests(scene, ...how);
      await applyManifests(scene, ...how);
      await scene.release.takeBack();
    },
  },
  { name: 'helm upgrade by Helm 4, with new Pods', run: (scene) => scene.release.upgradePods() },
  { name: 'helm upgrade by Helm 3, with new Pods', run: (scene) => scene.release.upgradeByHelm3() },
  {
    name: 'helm upgrade to an image that does not exist, and back',
    async run(scene) {
      const image = { repository: 'mistyped.example/image-detour', tag: 'none' };
      // It fails at once or after some time, by what the chart checks before it changes anything.
      await scene.product.helmUpgrade({ ...scene.release.values, image }).catch(() => undefined);
      await scene.release.takeBack();
    },
  },
];
