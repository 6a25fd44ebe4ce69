import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { mutatingAdmissionPolicy } from '../../src/target/map.ts';
import { type ApiError, Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, imageOf, type Pod, podOf, podWith } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { applyTo, compile, enforce, rulesOf } from './rig/policy.ts';

/*
 * The API server counts what CEL costs, and gives up beyond a limit: 1,000,000 for an expression.
 * How many containers a Pod may have before it does is a count, the same on every machine;
 * docs/compile.md states it.
 */

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('cost');
});

/** Hosts, paths of two depths, a wildcard, and everything else. */
const twentyRules = {
  version: 1,
  rules: [
    ...Array.from({ length: 14 }, (_, index) => ({
      from: `registry-${index}.example.com`,
      to: `mirror.example.com/registry-${index}`,
    })),
    ...['docker.io', 'quay.io', 'quay.io/prometheus', 'gcr.io/google-containers/kube'].map(
      (from, index) => ({ from, to: `mirror.example.com/other-${index}` }),
    ),
    { from: '*.gcr.io', to: 'mirror.example.com/any/${registry}' },
    { from: '*', deny: 'not mirrored' },
  ],
};

/** Rules for one image, longer rules below destinations, other shapes of paths, ${registry} as a part. */
const refinedRules = {
  ...twentyRules,
  rules: [
    ...twentyRules.rules.map((rule) =>
      'to' in rule && rule.from !== 'quay.io' ? { ...rule, path: 'joined' } : rule,
    ),
    { from: 'quay.io/prometheus/node-exporter:v1', to: 'mirror.example.com/fix/exporter:v1-p1' },
    { from: '*.quay.io', to: 'mirror.example.com/part-${registry}' },
    { from: 'mirror.example.com/other-1/moved/a', to: 'mirror.example.com/other-2' },
    { from: 'mirror.example.com/other-2/moved/b/c', to: 'mirror.example.com/other-3' },
    { from: 'mirror.example.com/other-2/evil', deny: 'not here' },
  ],
};

const rulesFiles: readonly (readonly [name: string, rules: RuleSet, mirror: string])[] = [
  ['the default rules', rulesOf(defaultRulesText), `${defaultMirror}/quay`],
  ['20 rules', rulesOf(twentyRules), 'mirror.example.com/other-1'],
  ['25 refined rules', rulesOf(refinedRules), 'mirror.example.com/other-1'],
];
/** The same with a rule that keeps. */
const withKept = ({ file }: RuleSet) =>
  rulesOf({ ...file, rules: [...file.rules, { from: 'kept.example.com', keep: true }] });
const origin = 'quay.io/prometheus/node-exporter:v1.8.2';
/** A tag and a digest of the greatest length. */
const longEnd = `:${'t'.repeat(128)}@sha512:${'0'.repeat(128)}`;

function podOfMany(count: number, image: string, name = 'many'): Pod {
  const containers = Array.from({ length: count }, (_, index) => ({ name: `c${index}`, image }));
  return podOf(name, { containers, automountServiceAccountToken: false });
}

type Verdict = { readonly pod?: Pod; readonly message?: string };

const dryRun = (pod: Pod): Promise<Verdict> =>
  kubernetes.createPod(namespace, pod, { dryRun: true }).then(
    (stored) => ({ pod: stored }),
    ({ message }: ApiError) => ({ message }),
  );

/**
 * With DETOUR_E2E_POLICY_COST=exact each test looks for the largest number, which takes some
 * minutes.
 */
const isExact = process.env.DETOUR_E2E_POLICY_COST === 'exact';

/** Checks that `holds` is true for `atLeast` containers and false for `beyond`. */
async function expectLimit(
  about: string,
  [atLeast, beyond]: readonly [number, number],
  holds: (count: number) => Promise<boolean>,
): Promise<void> {
  expect(await holds(atLeast), `${about}: ${atLeast}`).toBe(true);
  expect(await holds(beyond), `${about}: ${beyond}`).toBe(false);
  if (!isExact) return;
  let [from, to] = [atLeast, beyond];
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2);
    if (await holds(middle)) from = middle;
    else to = middle;
  }
  console.log(`${about}: ${from} containers`);
}

/** More than a validating policy judges, and than a mutating one rewrites. */
const tooMany = 2_000;
const tooManyToRewrite = 4_000;

describe.each(rulesFiles)('%s', (name, rules, mirror) => {
  const long = (registry: string) => `${registry}/${'a'.repeat(254 - registry.length)}${longEnd}`;

  test.each([
    ['mirrored', `${mirror}/prometheus/node-exporter:v1.8.2`, 950],
    ['mirrored, of the greatest length', long(mirror), 200],
    ['kept by a rule', 'kept.example.com/prometheus/node-exporter:v1.8.2', 950],
  ])(
    'compile vap judges many containers and refuses a larger Pod: %s',
    {
      timeout: 600_000,
    },
    async (kind, image, atLeast) => {
      onTestFinished(await enforce(server, withKept(rules)));
      const isAdmitted = async (count: number) =>
        (await dryRun(podOfMany(count, image))).pod !== undefined;
      await expectLimit(`vap, ${name}, images ${kind}`, [atLeast, tooMany], isAdmitted);
      const { message } = await dryRun(podOfMany(tooMany, image));
      expect(message).toMatch(/cost/);
    },
  );

  test('compile vap lets an older Pod of more be labelled, and refuses another image', async () => {
    const old = `old-${rules.rules.length}`;
    await kubernetes.createPod(namespace, podOfMany(tooMany, origin, old));
    onTestFinished(await enforce(server, rules));
    const labels = { a: 'b' };
    const { metadata } = await kubernetes.patchPod(namespace, old, { metadata: { labels } });
    expect(metadata.labels).toEqual(labels);
    const spec = { containers: [{ name: 'c0', image: `${mirror}/x` }] };
    await expect(kubernetes.patchPod(namespace, old, { spec })).rejects.toThrow('cost');
    await kubernetes.delete(`/api/v1/namespaces/${namespace}/pods/${old}`);
  });

  test.each([
    ['as usual', origin, 1_700],
    ['of the greatest length', `quay.io/${'a'.repeat(170)}${longEnd}`, 200],
  ])(
    'compile map rewrites many containers and admits a larger Pod as written: %s',
    {
      timeout: 600_000,
    },
    async (kind, image, atLeast) => {
      const text = compile(mutatingAdmissionPolicy, rules);
      applyTo(server, 'apply', text);
      const isRewritten = async (count: number) =>
        imageOf((await dryRun(podOfMany(count, image))).pod ?? podWith(image)) !== image;
      onTestFinished(async () => {
        applyTo(server, 'delete', text);
        await until('the policy is gone', async () => !(await isRewritten(1)));
      });
      await until('the policy is in force', () => isRewritten(1));
      await expectLimit(`map, ${name}, images ${kind}`, [atLeast, tooManyToRewrite], isRewritten);
      const { pod } = await dryRun(podOfMany(tooManyToRewrite, image));
      expect(pod && imageOf(pod)).toBe(image);
    },
  );
});
