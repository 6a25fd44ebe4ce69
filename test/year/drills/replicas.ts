import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../rig/process.ts';
import type { Drill } from '../drill.ts';

/**
 * In seconds: the kubelet looks at its containers each second; then come the API server, the
 * endpoints and the node's rules; and a call that waits is given up after three.
 */
const endpointLag = 7;

const allGone = 'all replicas gone';

/** Lists what happens to replicas. */
export const replicaDrills: readonly Drill[] = [
  {
    name: 'a replica killed',
    promise: 'a replica that is killed',
    async run(scene) {
      const { product, cluster } = scene;
      const [victim] = await product.readyPods(2);
      if (victim === undefined) return;
      const pid = await product.processOf(victim);
      await scene.mayLose(endpointLag, () => cluster.inside(['kill', '-KILL', String(pid)]));
      await sleep(5_000);
    },
  },
  { name: 'both replicas restarted', run: ({ product }) => product.restart() },
  {
    name: 'all replicas deleted at once',
    promise: allGone,
    async run(scene) {
      const { product } = scene;
      const names = (await product.pods()).map(({ metadata }) => metadata.name);
      await scene.mayLose(endpointLag, async () => {
        await product.kubectl('delete', 'pods', ...names, '--force', '--grace-period=0');
        await until('they are replaced', async () => {
          const pods = await product.readyPods(2);
          return pods.every(({ metadata }) => !names.includes(metadata.name));
        });
      });
    },
  },
  {
    name: 'scaled to 4 and back',
    async run({ product }) {
      await product.scale(4);
      await product.scale(2);
    },
  },
  {
    name: 'scaled to 0 and back',
    promise: allGone,
    async run(scene) {
      await scene.mayLose(endpointLag, async () => {
        await scene.product.scale(0);
        await sleep(5_000);
        await scene.product.scale(2);
      });
    },
  },
];
