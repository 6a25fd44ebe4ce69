import { setTimeout as sleep } from 'node:timers/promises';
import { mirrored } from '../../cluster/load/disturb.ts';
import type { Drill } from '../drill.ts';
import type { Scene } from '../scene.ts';

/** Upgrades to rules that must be refused before anything changes. */
function refusedDrill(name: string, content: string): Drill {
  return {
    name: `helm upgrade to ${name}`,
    async run(scene) {
      const refused = await scene.release.upgrade({ rules: { content } }).then(
        () => false,
        () => true,
      );
      if (!refused) scene.fault('Helm did not refuse the rules');
      await scene.product.restart();
      await scene.release.takeBack();
    },
  };
}

/** 1 MB of rules, of which the last are those of the scene. */
function largeRules({ release }: Scene): string {
  const { content } = release.values.rules;
  const rules = Array.from({ length: 13_000 }, (_, index) => ({
    from: `registry-${index % 100}.example.com/team-${index}`,
    to: `mirror.example/team-${index}`,
  }));
  return JSON.stringify({ ...content, rules: [...rules, ...content.rules] });
}

/** The kubelet brings an edit into the Pods at its next look, each 10 s. */
const untilMounted = 25_000;

/** Lists what becomes of rules in a year. */
export const rulesDrills: readonly Drill[] = [
  refusedDrill('empty rules', ''),
  refusedDrill('broken rules', 'version: 1\nrules: [\n'),
  {
    name: 'rules broken by hand, then both replicas restarted',
    async run(scene) {
      await scene.product.editRules('version: 1\nrules: [\n');
      await sleep(untilMounted);
      await scene.product.restart();
      await scene.release.takeBack();
    },
  },
  {
    name: 'ConfigMap of the rules deleted',
    async run(scene) {
      const { product } = scene;
      await product.kubectl('delete', `configmap/${product.name}-rules`);
      await sleep(untilMounted);
      await scene.release.takeBack();
    },
  },
  {
    name: 'rules of 1 MB by hand',
    async run(scene) {
      await scene.product.editRules(largeRules(scene));
      await sleep(untilMounted);
      await scene.release.takeBack();
      await sleep(untilMounted);
    },
  },
  {
    name: 'rules to another mirror, and back',
    async run(scene) {
      const second = mirrored.replace(/^[^/]*/, 'second.example');
      scene.mayBecome(second);
      await scene.release.withRulesTo('second.example', async () => undefined);
    },
  },
];
