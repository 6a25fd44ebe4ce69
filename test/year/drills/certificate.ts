import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../rig/process.ts';
import type { Drill } from '../drill.ts';
import type { Scene } from '../scene.ts';

async function secret({ product }: Scene): Promise<string> {
  return product.kubectl('get', `secret/${product.name}-certificate`, '--output=jsonpath={.data}');
}

/** Lists what happens to certificates. The scene's are short-lived: they are replaced all the time. */
export const certificateDrills: readonly Drill[] = [
  {
    name: 'certificate or CA replaced when it is due',
    async run(scene) {
      const before = await secret(scene);
      const isOther = async () => {
        await sleep(1_000);
        return (await secret(scene)) !== before;
      };
      await until('it is replaced', isOther, 400);
      await sleep(15_000);
    },
  },
];
