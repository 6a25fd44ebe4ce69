import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mirrored } from '../../cluster/load/disturb.ts';
import { until } from '../../rig/process.ts';
import type { Drill } from '../drill.ts';
import type { Scene } from '../scene.ts';

function compiledPolicy(scene: Scene): string {
  const rules = join(scene.folder, 'detour.yaml');
  writeFileSync(rules, scene.release.rulesText());
  return scene.detour('--rules', rules, 'compile', 'map', '--lossy');
}

/** Lists moves from the webhook to a policy and back. */
export const policyDrills: readonly Drill[] = [
  {
    name: 'webhook replaced by the compiled policy, and back',
    isWithoutWebhook: true,
    async run(scene) {
      const { cluster } = scene;
      const input = compiledPolicy(scene);
      await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input });
      // A policy is in force some time after it was stored; nobody says when.
      await sleep(3_000);
      await scene.release.upgrade({ webhook: { create: false } });
      await until('the policy rewrites', async () => (await scene.release.becomes()) === mirrored);
      await sleep(5_000);
      await scene.release.upgrade();
      await scene.release.isRegistered();
      await cluster.kubectl(['delete', '-f', '-'], { input });
    },
  },
];
