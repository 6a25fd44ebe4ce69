import { beforeAll, describe, expect, test } from 'vitest';
import { podIncidents } from './pod-incidents.ts';
import { registrationIncidents } from './registration-incidents.ts';
import { replicaIncidents } from './replica-incidents.ts';
import { rulesIncidents } from './rules-incidents.ts';
import { page, product, provideDetour } from './scene.ts';
import { syncIncidents } from './sync-incidents.ts';

/*
 * Incidents are staged, and the commands that the runbook has for them are run as they are printed,
 * each of them at least once.
 */

beforeAll(async () => {
  provideDetour();
  await product.install();
  return () => product.uninstall();
});

test('all is well: every replica is ready, and the API server sees the rewritten image', async () => {
  await product.readyPods(2);
  const wanted = [/good\.example\/gcr\/coredns:1\.3\.1/];
  const printed = await page.shows(page.under('Look at the state'), wanted);
  expect(printed.match(/^ok$/gm)).toHaveLength(2);
  const files = new Set(printed.match(/^image-detour-\S+\.metrics/gm));
  expect(files.size).toBe(2);
});

// A command may take as long as its incident lasts.
const time = { timeout: 300_000 };
describe('in the rules', time, rulesIncidents);
describe('in the registration', time, registrationIncidents);
describe('around Pods', time, podIncidents);
describe('around the replicas', time, replicaIncidents);
describe('while the mirror is filled', time, syncIncidents);

test('each command of the page was run', () => {
  expect(page.notRun()).toEqual([]);
});
