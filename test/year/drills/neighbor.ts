import { mirrored } from '../../cluster/load/disturb.ts';
import { spellings } from '../../e2e/rig/normalizer.ts';
import { imagesOf, type Pod, podOf } from '../../rig/kubernetes-object.ts';
import type { Drill } from '../drill.ts';
import { withNormalizer } from '../neighbor/normalizer.ts';

const rounds = 10;
const origins = { hub: 'busybox', tagged: 'quay.io/p/app:1', long: 'docker.io/library/nginx:1' };

/** A webhook next to ours spells images: what is sent to its origin must stay there. */
function normalizerDrill(name: string, spelling: string): Drill {
  const spell = spellings[spelling] as (image: string) => string;
  return {
    name: `a webhook ${name.startsWith('a') ? 'before' : 'after'} ours that writes ${spelling}`,
    async run(scene) {
      scene.mayBecome(spell(mirrored));
      await withNormalizer(scene, { name, spelling }, async () => {
        const containers = Object.entries(origins).map(([each, image]) => ({
          name: each,
          image: `direct.to/${image}`,
        }));
        const pod = podOf('bypassed', { containers }, { namespace: 'default' });
        const right = Object.entries(origins).map(([each, image]) => [each, spell(image)]);
        for (let round = 0; round < rounds; round++) {
          const images = imagesOf(await scene.cluster.admit<Pod>(pod));
          if (JSON.stringify(images) !== JSON.stringify(Object.fromEntries(right)))
            scene.fault(`what was sent to its origin became ${JSON.stringify(images)}`);
        }
      });
    },
  };
}

/** Lists neighbours. */
export const neighborDrills: readonly Drill[] = [
  normalizerDrill('a-normalizer', 'the whole name, with a tag'),
  normalizerDrill('z-normalizer', 'the whole name, with a tag'),
  normalizerDrill('a-normalizer', 'a digest for the tag'),
  normalizerDrill('z-normalizer', 'a digest for the tag'),
];
