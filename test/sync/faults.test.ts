import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runRound } from './rig/campaign.ts';

/** How many faults; `.ci/long sync-faults` asks for more, and for others. */
const wanted = Number(process.env.SYNC_FAULTS ?? 120);
const firstSeed = Number(process.env.SEED ?? 1);

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sync-faults-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test(
  'faults, SIGKILL among them, never leave a broken tag, and the next run completes the mirror',
  async () => {
    const faults: Record<string, number> = {};
    const count = () => Object.values(faults).reduce((sum, each) => sum + each, 0);
    for (let seed = firstSeed; count() < wanted; seed += 1) {
      const round = await runRound(folder, seed);
      for (const [kind, times] of Object.entries(round.faults)) {
        faults[kind] = (faults[kind] ?? 0) + times;
      }
      const again = `SEED=${seed} repeats this round`;
      expect(round.broken, again).toEqual([]);
      expect(round.unfinished, again).toEqual([]);
    }
    console.log(`${count()} faults:`, faults);
  },
  Math.max(600, wanted * 2) * 1_000,
);
