import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../cluster/rig/cluster.ts';
import { until } from '../../rig/process.ts';
import type { Drill } from '../drill.ts';
import type { Scene } from '../scene.ts';

/** In seconds: what was asked while it was away is answered once it is back. */
const answersLate = 10;

const controlPlane = 'etcd or the API server killed or stopped';

/** Kills programs of the node, which are started again at once, and waits for the API server. */
async function kill({ cluster }: Scene, ...programs: readonly string[]): Promise<void> {
  for (const program of programs) await cluster.restart(program, 'KILL');
  await untilBack(cluster);
}

/** Waits until an API server is ready again that takes a moment to go away. */
async function untilBack(cluster: Cluster): Promise<void> {
  await sleep(1_000);
  await untilReady(cluster);
}

async function untilReady(cluster: Cluster): Promise<void> {
  await until('the API server is ready', () => cluster.isReady(), 60);
}

/** Stops a program for a while, as a machine does that is suspended or starved. */
function stopDrill(program: string): Drill {
  return {
    name: `${program} stopped for 5 s`,
    promise: controlPlane,
    async run(scene) {
      const { cluster } = scene;
      await scene.mayLose(answersLate, async () => {
        await cluster.signal(program, 'STOP');
        await sleep(5_000);
        await cluster.signal(program, 'CONT');
        await untilReady(cluster);
      });
    },
  };
}

/** Lists what happens to the node, which has the control plane as well. */
export const nodeDrills: readonly Drill[] = [
  {
    name: 'API server restarted',
    async run({ cluster }) {
      await cluster.restart('kube-apiserver');
      await untilBack(cluster);
    },
  },
  {
    name: 'etcd killed',
    promise: controlPlane,
    run: (scene) => scene.mayLose(answersLate, () => kill(scene, 'etcd')),
  },
  stopDrill('etcd'),
  stopDrill('kube-apiserver'),
  {
    name: 'kubelet, containerd and kube-proxy restarted',
    async run(scene) {
      await kill(scene, 'kubelet', 'containerd', 'kube-proxy');
      await scene.cluster.wait('node/node1', 'condition=Ready');
    },
  },
  {
    name: 'node restarted, with all that runs on it',
    promise: 'all replicas gone',
    async run(scene) {
      const { cluster, product } = scene;
      const before = await restartsOf(scene);
      await scene.mayLose(answersLate, async () => {
        const tasks = await cluster.inside(['ctr', '--namespace', 'k8s.io', 'tasks', 'list']);
        const pids = [...tasks.matchAll(/^\S+\s+(\d+)\s+RUNNING/gm)].map(([, pid = '']) => pid);
        await cluster.inside(['kill', '-KILL', ...pids]);
        await kill(scene, 'kubelet', 'containerd', 'kube-proxy', 'kube-apiserver', 'etcd');
        await until(
          'all containers were started again',
          async () => {
            const now = await restartsOf(scene).catch(() => before);
            return now > before;
          },
          90,
        );
        await product.readyPods(2);
      });
    },
  },
];

async function restartsOf({ product }: Scene): Promise<number> {
  const pods = await product.pods();
  const counts = pods.map(({ status }) => status.containerStatuses[0]?.restartCount ?? 0);
  return counts.reduce((sum, count) => sum + count, 0);
}
