import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import type { Evasion } from '../attack/evasion.ts';
import { catchAllRules, evasions, strictRules } from '../attack/evasions.ts';
import { largeEvasions } from '../attack/large-evasions.ts';
import { evade } from './rig/evade.ts';
import { Kubernetes } from './rig/kubernetes.ts';
import { imageOf, podOf, podWith } from './rig/object.ts';
import { inParallel } from './rig/parallel.ts';
import { enforce, rulesOf } from './rig/policy.ts';

/* Whatever the author of a Pod tries: nothing is stored that a node would pull from somewhere other than the mirror. */

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('deny');
});

/** Tries each and returns what came of those of which a `stray` or nothing was to be expected. */
async function evadeAll(tried: readonly Evasion[], atOnce = 8) {
  const outcomes = await inParallel(
    tried,
    async (evasion) => ({ name: evasion.name, ...(await evade(kubernetes, namespace, evasion)) }),
    atOnce,
  );
  return {
    outcomes,
    stored: outcomes.filter(({ strays }) => strays.length > 0).map(({ name }) => name),
  };
}

test('each evasion is one: without a policy it is stored', { timeout: 600_000 }, async () => {
  const { stored } = await evadeAll(evasions);
  const expected = evasions.filter(({ isDropped }) => !isDropped).map(({ name }) => name);
  expect(stored).toEqual(expected);
  const large = await evadeAll(largeEvasions, 1);
  expect(large.stored).toEqual(largeEvasions.map(({ name }) => name));
});

describe('compile vap --mode deny', () => {
  test(`refuses every evasion: ${evasions.length}`, { timeout: 600_000 }, async () => {
    onTestFinished(await enforce(server, rulesOf(strictRules)));
    const { outcomes, stored } = await evadeAll(evasions);
    expect(stored).toEqual([]);
    const unrefused = outcomes.filter(
      ({ refusals }) => !refusals.some((each) => each.includes("ValidatingAdmissionPolicy 'e2e'")),
    );
    const dropped = evasions.filter(({ isDropped }) => isDropped);
    expect(unrefused.map(({ name }) => name)).toEqual(dropped.map(({ name }) => name));
  });

  test('refuses what costs too much to judge', { timeout: 600_000 }, async () => {
    onTestFinished(await enforce(server, rulesOf(strictRules)));
    const { outcomes, stored } = await evadeAll(largeEvasions, 1);
    expect(stored).toEqual([]);
    expect(outcomes.filter(({ refusals }) => refusals.length !== 1)).toEqual([]);
  });

  test('refuses what no rule can write, under rules that rewrite every registry', async () => {
    onTestFinished(await enforce(server, rulesOf({ ...catchAllRules, exits: 'none' })));
    const { stored } = await evadeAll(evasions);
    expect(stored).toEqual([]);
  });

  test('lets pass what is in the mirror, and the copies of static Pods that nodes make', async () => {
    onTestFinished(await enforce(server, rulesOf(strictRules)));
    const stored = await kubernetes.createPod(namespace, podWith('m.example/hub/x', 'mirrored'));
    expect(imageOf(stored)).toBe('m.example/hub/x');
    const node = new Kubernetes(server, {
      user: 'system:node:node-1',
      // The rig has no node authorizer; masters may create Pods.
      groups: ['system:nodes', 'system:masters'],
    });
    const copy = podOf(
      'static',
      { containers: [{ name: 'app', image: 'evil.com/x' }], nodeName: 'node-1' },
      { annotations: { 'kubernetes.io/config.mirror': 'hash' } },
    );
    expect(imageOf(await node.createPod(namespace, copy))).toBe('evil.com/x');
    const ordinary = { ...copy, metadata: { name: 'ordinary' } };
    await expect(node.createPod(namespace, ordinary)).rejects.toThrow('only what is mirrored');
  });
});
