import { image, mirrored } from '../../cluster/load/disturb.ts';
import { clusterPod } from '../../cluster/rig/cluster-objects.ts';
import type { ProductPod } from '../../cluster/rig/product.ts';
import { imageOf, type Pod } from '../../rig/kubernetes-object.ts';
import type { Drill } from '../drill.ts';

/** Lists what happens to Pods that nobody would make again. */
export const barePodDrills: readonly Drill[] = [
  {
    name: 'file of a bare Pod applied again after a rule has changed',
    async run(scene) {
      const { cluster } = scene;
      const pod = clusterPod('bare', image);
      const state = async () => {
        const found = await cluster.get<Pod & ProductPod>('pod/bare');
        const { restartCount, containerID } = found.status.containerStatuses[0] ?? {};
        return JSON.stringify([imageOf(found), restartCount, containerID]);
      };
      scene.mayBecome(mirrored.replace(/^[^/]*/, 'second.example'));
      await cluster.apply(pod);
      try {
        await cluster.wait('pod/bare', 'condition=Ready');
        const before = await state();
        await scene.release.withRulesTo('second.example', async () => {
          await cluster.apply(pod);
          const after = await state();
          if (after !== before) scene.fault(`the bare Pod was ${before} and is ${after}`);
        });
      } finally {
        await cluster.kubectl(['delete', 'pod/bare', '--now']);
      }
    },
  },
];
