import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { mutatingAdmissionPolicy } from '../../src/target/map.ts';
import type { Evasion } from '../rig/evasions/evasion.ts';
import { catchAllRules, evasions, strictRules } from '../rig/evasions/evasions.ts';
import { largeEvasions } from '../rig/evasions/large-evasions.ts';
import { writeScratch } from '../rig/files.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { imageOf, imagesOf, podOf, podWith } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { deploy } from '../rig/registration.ts';
import { evade } from './rig/evade.ts';
import { inParallel } from './rig/parallel.ts';
import { applyTo, compile, enforce, rulesOf } from './rig/policy.ts';

/*
 * Whatever the author of a Pod tries: nothing is stored that a node would pull from somewhere other
 * than the mirror.
 */

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('deny');
});

/**
 * Tries each; reports which were stored with an image that no mirror has, and which could not
 * begin.
 */
async function evadeAll(tried: readonly Evasion[], atOnce = 8) {
  const outcomes = await inParallel(
    tried,
    async (evasion) => ({ ...evasion, ...(await evade(kubernetes, namespace, evasion)) }),
    atOnce,
  );
  const namesOf = (some: typeof outcomes) => some.map(({ name }) => name);
  return {
    outcomes,
    stored: namesOf(outcomes.filter(({ strays }) => strays.length > 0)),
    // What is tried on a running Pod shows nothing without one.
    notBegun: namesOf(outcomes.filter(({ steps, pod }) => steps.length > 1 && pod === undefined)),
  };
}

test('without a policy, the Pod of each evasion is stored', { timeout: 600_000 }, async () => {
  const { stored } = await evadeAll(evasions);
  const expected = evasions.filter(({ isDropped }) => !isDropped).map(({ name }) => name);
  expect(stored).toEqual(expected);
  const large = await evadeAll(largeEvasions, 1);
  expect(large.stored).toEqual(largeEvasions.map(({ name }) => name));
});

describe('compile vap --mode deny', () => {
  test(`refuses every evasion: ${evasions.length}`, { timeout: 600_000 }, async () => {
    onTestFinished(await enforce(server, rulesOf(strictRules)));
    const { outcomes, stored, notBegun } = await evadeAll(evasions);
    expect({ stored, notBegun }).toEqual({ stored: [], notBegun: [] });
    const unrefused = outcomes.filter(
      ({ refusals }) => !refusals.some((each) => each.includes("ValidatingAdmissionPolicy 'e2e'")),
    );
    const dropped = evasions.filter(({ isDropped }) => isDropped);
    expect(unrefused.map(({ name }) => name)).toEqual(dropped.map(({ name }) => name));
  });

  test('refuses Pods that cost too much to judge', { timeout: 600_000 }, async () => {
    onTestFinished(await enforce(server, rulesOf(strictRules)));
    const { outcomes, stored } = await evadeAll(largeEvasions, 1);
    expect(stored).toEqual([]);
    expect(outcomes.filter(({ refusals }) => refusals.length !== 1)).toEqual([]);
  });

  test('refuses images that no rule can rewrite, if the rules are for every registry', async () => {
    onTestFinished(await enforce(server, rulesOf({ ...catchAllRules, exits: 'none' })));
    const { stored, notBegun } = await evadeAll(evasions);
    expect({ stored, notBegun }).toEqual({ stored: [], notBegun: [] });
  });

  test('together with compile map, rewrites what it can and refuses the rest', async () => {
    const ruleSet = rulesOf({ ...strictRules, exits: 'none' });
    const text = compile(mutatingAdmissionPolicy, ruleSet);
    const mutated = async () =>
      imageOf(await kubernetes.createPod('default', podWith('busybox'), { dryRun: true }));
    applyTo(server, 'apply', text);
    onTestFinished(async () => {
      applyTo(server, 'delete', text);
      await until('the policy is gone', async () => (await mutated()) === 'busybox');
    });
    await until('images are rewritten', async () => (await mutated()) === 'm.example/hub/busybox');
    onTestFinished(await enforce(server, ruleSet));
    const { stored, notBegun } = await evadeAll(evasions);
    expect({ stored, notBegun }).toEqual({ stored: [], notBegun: [] });
    const rewritten = await kubernetes.createPod(namespace, podWith('gcr.io/p/x', 'by-policy'));
    expect(imageOf(rewritten)).toBe('m.example/gcr/p/x');
  });

  test('admits images that are never pulled, and judges the others of their Pod', async () => {
    onTestFinished(await enforce(server, rulesOf(strictRules)));
    const never = { image: 'evil.com/x', imagePullPolicy: 'Never' };
    const source = { reference: 'evil.com/x', pullPolicy: 'Never' };
    const pod = (image: string) =>
      podOf('never', {
        containers: [
          { name: 'app', ...never },
          { name: 'pulled', image, imagePullPolicy: 'Always' },
        ],
        initContainers: [{ name: 'init', ...never }],
        volumes: [{ name: 'volume', image: source }],
      });
    const stored = await kubernetes.createPod(namespace, pod('m.example/hub/x'), { dryRun: true });
    expect(Object.values(imagesOf(stored))).toContain('evil.com/x');
    await expect(kubernetes.createPod(namespace, pod('evil.com/x'))).rejects.toThrow(
      'image-detour: c/pulled evil.com/x: only what is mirrored',
    );
  });

  test('admits images in the mirror, and the copies of static Pods that nodes create', async () => {
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

describe('the webhook with exits: none and failurePolicy: Fail', () => {
  /** As `detour webhook` registers it where `label` is closed. */
  async function deployStrict(rules: object): Promise<void> {
    const { undeploy } = await deploy(kubernetes, {
      rulesFile: writeScratch('detour.yaml', JSON.stringify({ ...rules, exits: 'none' })),
      edit: { failurePolicy: 'Fail', objectSelector: undefined },
    });
    onTestFinished(undeploy);
  }

  test.each([
    ['rules that deny what is not mirrored', strictRules],
    ['rules that rewrite every registry', catchAllRules],
  ])('stores no image of another registry: %s', { timeout: 600_000 }, async (_, rules) => {
    await deployStrict(rules);
    const { stored, notBegun } = await evadeAll(evasions);
    expect({ stored, notBegun }).toEqual({ stored: [], notBegun: [] });
  });

  test('denies images beyond its budget', { timeout: 600_000 }, async () => {
    await deployStrict(strictRules);
    const { outcomes, stored } = await evadeAll(largeEvasions, 1);
    expect(stored).toEqual([]);
    expect(outcomes.filter(({ refusals }) => refusals.length !== 1)).toEqual([]);
  });

  test('lets pass what is in the mirror, and rewrites what can be', async () => {
    await deployStrict(strictRules);
    const mirrored = await kubernetes.createPod(namespace, podWith('m.example/hub/x', 'kept'));
    expect(imageOf(mirrored)).toBe('m.example/hub/x');
    const rewritten = await kubernetes.createPod(namespace, podWith('busybox', 'rewritten'));
    expect(imageOf(rewritten)).toBe('m.example/hub/busybox');
  });
});
