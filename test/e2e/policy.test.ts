import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { decide } from '../../src/decision/decide.ts';
import { compileRules } from '../../src/rules/compile.ts';
import { defaultRulesText } from '../../src/rules/default.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { maxPasses } from '../../src/target/cel/chains.ts';
import { findPrograms, startControlPlane } from '../rig/kube-apiserver.ts';
import { kubectlWarnings } from '../rig/kubectl.ts';
import { type ApiError, Kubernetes } from '../rig/kubernetes.ts';
import {
  defaultMirror,
  imageOf,
  imagesOf,
  type Metadata,
  type Pod,
  podOf,
  podWith,
} from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { deploy } from '../rig/registration.ts';
import { reviewBody } from '../support/admission-review.ts';
import { answerReview } from '../support/answer-review.ts';
import { image, rulesFile } from '../support/arbitrary-rules.ts';
import { withoutDenials } from '../support/without-denials.ts';
import { meaningfulPod } from './rig/meaningful-pod.ts';
import { inParallel } from './rig/parallel.ts';
import { enforce, mutate, rulesOf } from './rig/policy.ts';
import { startSidecarInjector } from './rig/sidecar-injector.ts';

/** Pods, each met by one of the random rule sets; `.ci/long policies` takes more. */
const pairCount = Number(process.env.DETOUR_E2E_POLICY_PAIRS ?? 400);
const podsPerFile = 100;
const seed = Number(process.env.DETOUR_E2E_SEED ?? Date.now() | 0);

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const namespaces: string[] = [];

beforeAll(async () => {
  for (const name of ['policy-a', 'policy-b']) {
    namespaces.push(await kubernetes.createNamespace(name));
  }
});

// What the webhook would do
// --------------------------------------------------------------------------------------------

/** Twice, as the API server asks a policy again after what it changed itself. */
function review(ruleSet: RuleSet, namespace: string, object: Pod, oldObject?: Pod): Pod {
  const first = reviewOnce(ruleSet, namespace, object, oldObject);
  return reviewOnce(ruleSet, namespace, first, oldObject);
}

function reviewOnce(ruleSet: RuleSet, namespace: string, object: Pod, oldObject?: Pod): Pod {
  const request = {
    uid: 'e2e',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    operation: oldObject === undefined ? 'CREATE' : 'UPDATE',
    namespace,
    object,
    oldObject: oldObject ?? null,
  };
  const answer = JSON.parse(answerReview(reviewBody(request), ruleSet).body);
  const patch = JSON.parse(Buffer.from(answer.response.patch ?? 'W10=', 'base64').toString());
  return jsonPatch.applyPatch(structuredClone(object), patch).newDocument;
}

/** All that a rewrite may touch. */
function touched({ metadata, spec }: Pod): object {
  const images = (list: unknown) =>
    ((list ?? []) as { name: string; image?: string }[]).map(({ name, image }) => [name, image]);
  return {
    containers: images(spec.containers),
    initContainers: images(spec.initContainers),
    ephemeralContainers: images(spec.ephemeralContainers),
    volumes: (spec.volumes ?? []).map(({ name, image }) => [name, image?.reference ?? '']),
    pullSecrets: spec.imagePullSecrets ?? [],
    annotations: metadata.annotations ?? {},
  };
}

// Random rules and Pods
// ------------------------------------------------------------------------------------------------

type Answer = { readonly status: number; readonly pod?: Pod };

async function answerOf(made: Promise<Pod>): Promise<Answer> {
  return made.then(
    (pod) => ({ status: 200, pod }),
    (error: ApiError) => ({ status: error.status }),
  );
}

/** Longer rules decide more often than a policy has passes, which it reports. */
function isDecidedTooOften(ruleSet: RuleSet, namespace: string, { spec }: Pod): boolean {
  const images = [...spec.containers, ...(spec.initContainers ?? [])].map(({ image }) => image);
  const references = (spec.volumes ?? []).map(({ image }) => image?.reference ?? '');
  return [...images, ...references].some((each) => {
    const { earlier = [] } = decide(each ?? '', ruleSet, { namespace });
    return earlier.length > maxPasses;
  });
}

interface Pair {
  readonly pod: Pod;
  readonly namespace: string;
}

describe('random Pods under random rules', () => {
  test(`are stored as the webhook would have them: ${pairCount} pairs`, {
    timeout: 3_600_000,
  }, async () => {
    const files = fc.sample(rulesFile, { numRuns: Math.ceil(pairCount / podsPerFile), seed });
    const pods = fc.sample(meaningfulPod, { numRuns: files.length * podsPerFile, seed });
    const pairs = pods.map((pod, index): Pair => ({ pod, namespace: namespaces[index % 2] ?? '' }));
    const create = ({ pod, namespace }: Pair) =>
      answerOf(kubernetes.createPod(namespace, pod, { dryRun: true }));
    const without = await inParallel(pairs, create);

    let uninstall = async () => {};
    onTestFinished(() => uninstall());
    let changed = 0;
    let compared = 0;
    for (const [index, file] of files.entries()) {
      const batch = pairs.slice(index * podsPerFile, (index + 1) * podsPerFile);
      const ruleSet = rulesOf(withoutDenials(file));
      uninstall = await mutate(server, rulesOf(file));
      const answers = await inParallel(batch, create);
      for (const [at, { status, pod }] of answers.entries()) {
        const { pod: written, namespace } = batch[at] as Pair;
        const about = `DETOUR_E2E_SEED=${seed}\n${JSON.stringify(file)}\n${namespace}\n${JSON.stringify(written)}`;
        expect(status, about).toBe(without[index * podsPerFile + at]?.status);
        if (pod === undefined || isDecidedTooOften(ruleSet, namespace, written)) continue;
        const expected = touched(review(ruleSet, namespace, written));
        compared += 1;
        expect(touched(pod), about).toEqual(expected);
        if (JSON.stringify(expected) !== JSON.stringify(touched(written))) changed += 1;
      }
    }
    // Not much would be shown if most were refused, or left as they were.
    expect(compared).toBeGreaterThan(pairCount / 4);
    expect(changed).toBeGreaterThan(pairCount / 10);
    console.log(`${pairs.length} pairs, ${compared} compared, ${changed} changed by the rules`);
  });

  test('are updated as the webhook would, and keep what runs', { timeout: 600_000 }, async () => {
    const files = fc.sample(rulesFile, { numRuns: 8, seed });
    const settled = fc.tuple(meaningfulPod, fc.array(image, { minLength: 4, maxLength: 4 }));
    let uninstall = async () => {};
    onTestFinished(() => uninstall());
    let updated = 0;
    for (const [round, file] of files.entries()) {
      const ruleSet = rulesOf(withoutDenials(file));
      uninstall = await mutate(server, rulesOf(file));
      const samples = fc.sample(settled, { numRuns: 40, seed: seed + round });
      const named = samples.map(([pod, images], index) => {
        const metadata = { ...pod.metadata, name: `u-${round}-${index}` };
        return { pod: { ...pod, metadata }, images, namespace: namespaces[index % 2] ?? '' };
      });
      await inParallel(named, async ({ pod, images, namespace }) => {
        const created = await answerOf(kubernetes.createPod(namespace, pod));
        if (created.pod === undefined) return;
        const about = `DETOUR_E2E_SEED=${seed}\n${JSON.stringify(file)}\n${JSON.stringify(created.pod)}\n${images}`;
        const name = created.pod.metadata.name ?? '';
        const changes = changeOf(created.pod, images);
        const after = await answerOf(kubernetes.patchPod(namespace, name, changes));
        if (after.pod !== undefined) {
          const expected = review(ruleSet, namespace, merged(created.pod, changes), created.pod);
          expect(touched(after.pod), about).toEqual(touched(expected));
          updated += 1;
        }
        const before = await kubernetes.getPod(namespace, name);
        const debugger_ = { name: 'debugger', image: images[3] as string };
        const debugged = await answerOf(
          kubernetes.addEphemeralContainer(namespace, name, debugger_),
        );
        if (debugged.pod === undefined) return;
        const spec = { ...before.spec, ephemeralContainers: [debugger_] };
        const { metadata } = before; // this subresource stores the spec alone
        const expected = { ...review(ruleSet, namespace, { ...before, spec }, before), metadata };
        expect(touched(debugged.pod), about).toEqual(touched(expected));
        updated += 1;
      });
    }
    expect(updated).toBeGreaterThan(100);
  });
});

/** Another image for the first container, and another note: the other images must stay. */
function changeOf({ spec }: Pod, [image]: readonly string[]) {
  const name = spec.containers[0]?.name ?? '';
  return {
    metadata: { annotations: { 'example.com/note': 'changed' } },
    spec: { containers: [{ name, image: image ?? '' }] },
  };
}

function merged(pod: Pod, { metadata, spec }: ReturnType<typeof changeOf>): Pod {
  const [first, ...others] = pod.spec.containers;
  const containers = [{ ...first, ...spec.containers[0] }, ...others] as Pod['spec']['containers'];
  const annotations = { ...pod.metadata.annotations, ...metadata.annotations };
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...pod.spec, containers },
  };
}

const digest = `sha256:${'a'.repeat(64)}`;

test('rules for one image, shapes of paths and longer rules below a destination', async () => {
  const ruleSet = rulesOf({
    version: 1,
    rules: [
      { from: 'docker.io', to: 'm.example/hub', library: 'always' },
      { from: 'docker.io/nginx:1.25', to: 'm.example/fix/nginx:1.25-p3' },
      { from: 'docker.io/nginx:latest', to: `m.example/fix/nginx@${digest}` },
      { from: `docker.io/nginx@${digest}`, to: 'm.example/fix/by-digest' },
      { from: 'gcr.io', to: 'm.example/gcr', path: 'joined' },
      { from: 'quay.io/team', to: 'm.example/quay', path: 'last' },
      { from: '*', to: 'm.example/mirror-${registry}' },
      { from: 'm.example/hub/old', to: 'm.example/gcr/new' },
      { from: 'm.example/gcr/new/a', to: 'n.example/a' },
      { from: 'm.example/gcr/kept-x', keep: true },
      { from: 'm.example/hub/library/redis:7', to: 'n.example/redis' },
    ],
  });
  onTestFinished(await mutate(server, ruleSet));
  const cases = {
    'nginx:1.25': 'm.example/fix/nginx:1.25-p3',
    'nginx:1.26': 'm.example/hub/library/nginx:1.26',
    nginx: `m.example/fix/nginx@${digest}`,
    [`nginx:1.25@${digest}`]: `m.example/fix/by-digest:1.25@${digest}`,
    'm.example/fix/nginx:1.25-p3': 'm.example/fix/nginx:1.25-p3',
    [`m.example/fix/nginx@sha256:${'c'.repeat(64)}`]: `m.example/fix/nginx@sha256:${'c'.repeat(64)}`,
    'm.example/fix/nginx:2': 'm.example/mirror-m.example/fix/nginx:2',
    'gcr.io/a/b/c:1': 'm.example/gcr/a-b-c:1',
    'quay.io/team/a/b': 'm.example/quay/b',
    'quay.io/team': 'm.example/quay',
    'quay.io/other': 'm.example/mirror-quay.io/other',
    'm.example/mirror-quay.io/a': 'm.example/mirror-quay.io/a',
    'old/a/x': 'n.example/a/x',
    'old/b': 'm.example/gcr/new/b',
    'm.example/hub/old/a/x:1': 'n.example/a/x:1',
    'gcr.io/kept-x': 'm.example/gcr/kept-x',
    'redis:7': 'n.example/redis:7',
    'redis:6': 'm.example/hub/library/redis:6',
  };
  const images = Object.keys(cases);
  const containers = images.map((each, index) => ({ name: `c${index}`, image: each }));
  const pod = podOf('refined', { containers, automountServiceAccountToken: false });
  const stored = await kubernetes.createPod('default', pod, { dryRun: true });
  expect(Object.values(imagesOf(stored))).toEqual(Object.values(cases));
  const decided = images.map((each) => decide(each, ruleSet, { namespace: 'default' }).image);
  expect(decided).toEqual(Object.values(cases));
});

const defaultRules = rulesOf(defaultRulesText);

describe('with the default rules', () => {
  test('sidecars that webhooks inject are mirrored, and what went to its origin stays there', async () => {
    onTestFinished(await mutate(server, defaultRules));
    const sidecar = { name: 'sidecar', image: 'quay.io/p/sidecar:1' };
    onTestFinished(await startSidecarInjector(kubernetes, sidecar));
    const pod = podOf('with-sidecar', {
      containers: [
        { name: 'app', image: 'k8s.gcr.io/app:1' },
        { name: 'direct', image: 'direct.to/busybox:latest' },
        { name: 'twice', image: 'direct.to/direct.to/busybox:1' },
      ],
    });
    const stored = await kubernetes.createPod(namespaces[0] ?? '', pod);
    expect(imagesOf(stored)).toEqual({
      app: `${defaultMirror}/gcr/google_containers/app:1`,
      direct: 'busybox:latest',
      twice: 'direct.to/busybox:1',
      sidecar: `${defaultMirror}/quay/p/sidecar:1`,
    });
    expect(stored.metadata.annotations).toEqual({
      'image-detour/direct': 'c/direct=busybox:latest c/twice=direct.to/busybox:1',
    });
  });

  test('policy and webhook together do what one of them does', async () => {
    const pods = fc.sample(meaningfulPod, { numRuns: 200, seed });
    const namespace = namespaces[0] ?? '';
    const create = (pod: Pod) => answerOf(kubernetes.createPod(namespace, pod, { dryRun: true }));
    const uninstall = await mutate(server, defaultRules);
    const alone = await inParallel(pods, create);
    await uninstall();
    const { undeploy } = await deploy(kubernetes, { edit: { failurePolicy: 'Fail' } });
    onTestFinished(undeploy);
    onTestFinished(await mutate(server, defaultRules));
    const together = await inParallel(pods, create);
    const seen = ({ status, pod }: Answer) => [status, pod && touched(pod)];
    expect(together.map(seen), `DETOUR_E2E_SEED=${seed}`).toEqual(alone.map(seen));
  });

  test('a mark that no longer fits is not written', async () => {
    onTestFinished(await mutate(server, defaultRules));
    const note = 'x'.repeat(256 * 1024 - 'example.com/note'.length - 20);
    const spec = { ...podWith('direct.to/busybox').spec, automountServiceAccountToken: false };
    const pod = podOf('full', spec, {
      annotations: { 'example.com/note': note },
    });
    const namespace = namespaces[0] ?? '';
    const { pod: stored } = await answerOf(kubernetes.createPod(namespace, pod, { dryRun: true }));
    expect(stored && touched(stored)).toEqual(touched(review(defaultRules, namespace, pod)));
  });

  test('static Pods, namespaces and Pods that opted out are left alone', async () => {
    onTestFinished(await mutate(server, defaultRules));
    const optedOut = { labels: { 'image-detour': 'disabled' } };
    const isStatic = { annotations: { 'kubernetes.io/config.mirror': 'x' } };
    const { containers } = podWith('busybox').spec;
    const stored = async (namespace: string, metadata = {}) =>
      imageOf(
        await kubernetes.createPod(namespace, podOf('x', { containers }, metadata), {
          dryRun: true,
        }),
      );
    const namespace = await kubernetes.createNamespace('policy-out');
    expect(await stored(namespace)).toBe(`${defaultMirror}/dockerhub/busybox`);
    expect(await stored(namespace, optedOut)).toBe('busybox');
    expect(await stored('kube-system')).toBe('busybox');
    await kubernetes.patch(`/api/v1/namespaces/${namespace}`, { metadata: optedOut });
    await until('the label is known', async () => (await stored(namespace)) === 'busybox');
    const mirrored = podOf('x', { containers, nodeName: 'node' }, isStatic);
    const answer = await answerOf(kubernetes.createPod('default', mirrored, { dryRun: true }));
    expect(answer.pod && imageOf(answer.pod)).toBe('busybox');
  });
});

describe('a closed exit has no effect on the mutating policy', () => {
  const strict = rulesOf({
    version: 1,
    exits: ['placeholder'],
    skip: { owners: ['Job'], labels: { app: 'operator' }, annotations: { raw: 'true' } },
    rules: [{ from: '*', to: 'm.example/${registry}' }],
  });
  const isStatic = { annotations: { 'kubernetes.io/config.mirror': 'x' } };
  const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'x', uid: 'u' };
  const stored = async (image: string, metadata: Metadata, client = kubernetes) => {
    const spec = { containers: [{ name: 'app', image }], nodeName: 'node' };
    const pod = podOf('closed', spec, metadata);
    return imageOf(await client.createPod('default', pod, { dryRun: true }));
  };

  test('labels, owners, annotations and a forged mark of a Pod', async () => {
    onTestFinished(await mutate(server, strict));
    const written: readonly Metadata[] = [
      { labels: { 'image-detour': 'disabled' } },
      { labels: { app: 'operator' } },
      { annotations: { raw: 'true' } },
      { ownerReferences: [job] },
      { annotations: { 'image-detour/bypass': 'true' } },
      { annotations: { 'image-detour/bypass': 'app' } },
      { annotations: { 'image-detour/direct': 'c/app=quay.io/x' } },
      isStatic,
    ];
    const images = await inParallel(written, (metadata) => stored('quay.io/x', metadata));
    expect(images).toEqual(written.map(() => 'm.example/quay.io/x'));
    expect(await stored('direct.to/quay.io/x', {})).toBe('m.example/direct.to/quay.io/x');
  });

  test('the copy of a static Pod that a node makes is left alone all the same', async () => {
    onTestFinished(await mutate(server, strict));
    // The rig has no node authorizer; masters may create Pods.
    const groups = ['system:nodes', 'system:masters'];
    const node = new Kubernetes(server, { user: 'system:node:node', groups });
    expect(await stored('quay.io/x', isStatic, node)).toBe('quay.io/x');
    expect(await stored('quay.io/x', {}, node)).toBe('m.example/quay.io/x');
  });
});

/** Images that nodes ask for, with the host that containerd asks (test/fixtures/README.md). */
const asked = linesOf<{ image: string; containerd?: string }>(
  readFileSync('test/fixtures/asked.jsonl'),
);
/** References with what a parser finds in them, and whether an API server stores them in a Pod. */
const references = linesOf<{ input: string; podValid: boolean }>(
  gunzipSync(readFileSync('test/fixtures/references.jsonl.gz')),
);

function linesOf<Line>(file: Buffer): readonly Line[] {
  const lines = file.toString().trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Line);
}

test('every image of the vectors is sent to the mirror under the host that a node asks', async () => {
  const ruleSet = rulesOf({
    version: 1,
    rules: [
      { from: '*', to: 'm.example/all/${registry}' },
      { from: '*.c', to: 'm.io' },
      { from: 'my_reg.com', to: 'm.example/own' },
    ],
  });
  onTestFinished(await mutate(server, ruleSet));
  // The host is part of a path that may be 255 long: one more, and nobody asks.
  const bounds = [249, 250].map((length) => `a_b.c/${'p'.repeat(length)}`);
  const valid = references.filter(({ podValid }) => podValid).map(({ input }) => input);
  const all = [...asked.map(({ image }) => image), ...valid, ...bounds];
  expect(new Set(all).size).toBeGreaterThan(9_000);
  const size = 100;
  const starts = Array.from({ length: Math.ceil(all.length / size) }, (_, index) => index * size);
  const [namespace = ''] = namespaces;
  const stored = await inParallel(starts, async (start) => {
    const containers = all
      .slice(start, start + size)
      .map((image, index) => ({ name: `c${index}`, image }));
    const spec = { automountServiceAccountToken: false, containers };
    const pod = await kubernetes.createPod(namespace, podOf('asked', spec), { dryRun: true });
    return pod.spec.containers.map(({ image }) => image);
  });
  const wanted = all.map((image) => decide(image, ruleSet, { namespace }).image);
  expect(stored.flat()).toEqual(wanted);
  expect(wanted.slice(-2)).toEqual([`m.io/${'p'.repeat(249)}`, bounds[1]]);
  expect(wanted).toContain('m.example/own/x');
});

test('10,000 rules are applied from the server side and each is found', {
  timeout: 300_000,
}, async () => {
  const rules = Array.from({ length: 10_000 }, (_, index) => ({
    from: `registry-${index % 100}.example.com/team-${index}/project`,
    to: `mirror.example.com/registry-${index % 100}/team-${index}`,
  }));
  const { ruleSet } = compileRules({ version: 1, rules });
  onTestFinished(await mutate(server, ruleSet as RuleSet));
  await inParallel([0, 1, 4_999, 9_998, 9_999], async (index) => {
    const image = `registry-${index % 100}.example.com/team-${index}/project/app:1`;
    const pod = await kubernetes.createPod('default', podWith(image), { dryRun: true });
    expect(imageOf(pod)).toBe(`mirror.example.com/registry-${index % 100}/team-${index}/app:1`);
  });
});

describe('the validating policy', () => {
  const ruleSet = rulesOf({
    version: 1,
    rules: [
      { from: 'docker.io', to: 'm.example/hub' },
      { from: 'gcr.io', to: 'm.example/gcr' },
      { from: ['registry.local:5000', 'gcr.io/kept'], keep: true },
      { from: 'evil.example', deny: 'ask\nsecurity' },
      { from: '*.gcr.io', to: 'm.example/any/${registry}' },
      { from: 'team.example', keep: true, namespaces: { include: ['policy-a*'] } },
    ],
  });

  async function enforceFor(mode: 'deny' | 'warn', rules = ruleSet): Promise<void> {
    onTestFinished(await enforce(server, rules, mode));
  }

  async function refusal(image: string, namespace = namespaces[1] ?? ''): Promise<string> {
    const pod = podWith(image);
    const made = kubernetes.createPod(namespace, pod, { dryRun: true });
    return made.then(
      () => '',
      ({ message }: ApiError) => message.replace(/^.*denied request: /, ''),
    );
  }

  test('lets pass the mirror and what keep names, and nothing else', async () => {
    await enforceFor('deny');
    const elsewhere = (image: string) =>
      `image-detour: c/app ${image}: neither in the mirror nor kept by a rule`;
    expect(await refusal('m.example/hub/busybox')).toBe('');
    expect(await refusal('m.example/any/eu.gcr.io/x:1')).toBe('');
    expect(await refusal('registry.local:5000/x')).toBe('');
    expect(await refusal('gcr.io/kept/x')).toBe('');
    expect(await refusal('team.example/x', namespaces[0])).toBe('');
    expect(await refusal('team.example/x')).toBe(elsewhere('team.example/x'));
    expect(await refusal('busybox')).toBe(elsewhere('busybox'));
    expect(await refusal('m.example/other/x')).toBe(elsewhere('m.example/other/x'));
    expect(await refusal('m.example/any')).toBe(elsewhere('m.example/any'));
    expect(await refusal('Not/a:reference')).toBe(elsewhere('Not/a:reference'));
    expect(await refusal('evil.example/x')).toBe(
      'image-detour: c/app evil.example/x: ask security',
    );
    expect(await refusal('direct.to/m.example/hub/x')).toBe(
      'image-detour: c/app direct.to/m.example/hub/x: nothing took the bypass off',
    );
  });

  test('refuses by its message whatever containerd asks a host with an underscore for', async () => {
    await enforceFor('deny', rulesOf({ version: 1, rules: [{ from: '*', deny: 'not here' }] }));
    const images = asked.filter(({ containerd }) => /^[^ ]*_/.test(containerd ?? ''));
    expect(images).toHaveLength(267);
    const refusals = await inParallel(images, ({ image }) => refusal(image));
    expect(refusals).toEqual(images.map(({ image }) => `image-detour: c/app ${image}: not here`));
  });

  test('takes what the mutating policy makes of a Pod', async () => {
    onTestFinished(await mutate(server, ruleSet));
    await enforceFor('deny');
    expect(await refusal('busybox')).toBe('');
    expect(await refusal('eu.gcr.io/x')).toBe('');
    expect(await refusal('direct.to/gcr.io/kept/x')).toBe('');
    expect(await refusal('direct.to/busybox')).toContain('neither in the mirror');
    expect(await refusal('evil.example/x')).toContain('ask security');
  });

  test('lets Pods that are older than itself be updated, but not with another image', async () => {
    const namespace = namespaces[1] ?? '';
    await kubernetes.createPod(namespace, podWith('busybox', 'older'));
    await enforceFor('deny');
    await kubernetes.patchPod(namespace, 'older', { metadata: { labels: { a: 'b' } } });
    const changed = kubernetes.patchPod(namespace, 'older', {
      spec: { containers: [{ name: 'app', image: 'busybox:2' }] },
    });
    await expect(changed).rejects.toThrow('busybox:2: neither in the mirror');
    const debugging = kubernetes.addEphemeralContainer(namespace, 'older', {
      name: 'd',
      image: 'sh',
    });
    await expect(debugging).rejects.toThrow('e/d sh: neither in the mirror');
  });

  test('warns instead, where it is told to', async () => {
    await enforceFor('warn');
    const args = ['run', 'warned', '--image', 'busybox', '--dry-run=server'];
    await until('kubectl shows the warning', () =>
      kubectlWarnings(args).includes('c/warned busybox: neither in the mirror'),
    );
  });

  test('looks at no namespace that the file leaves out', async () => {
    const rules = { version: 1, namespaces: { exclude: ['policy-b*'] }, rules: [] };
    await enforceFor('deny', rulesOf(rules));
    expect(await refusal('busybox', namespaces[0])).toContain('neither in the mirror');
    expect(await refusal('busybox', namespaces[1])).toBe('');
  });
});

test('the API version v1beta1 says the same, where the API server serves it', async () => {
  const folder = mkdtempSync(join(server.logs, 'v1beta1-'));
  const other = await startControlPlane(folder, findPrograms(), [
    '--feature-gates=MutatingAdmissionPolicy=true',
    '--runtime-config=admissionregistration.k8s.io/v1beta1=true',
  ]);
  onTestFinished(async () => {
    await other.stop();
    rmSync(join(folder, 'etcd'), { recursive: true, force: true });
  });
  const client = new Kubernetes(other.apiServer);
  await client.createServiceAccount('default');
  await mutate(other.apiServer, defaultRules, { api: 'v1beta1' });
  const pod = await client.createPod('default', podWith('k8s.gcr.io/pause:3.1'));
  expect(imageOf(pod)).toBe(`${defaultMirror}/gcr/google_containers/pause:3.1`);
  const pods = fc.sample(meaningfulPod, { numRuns: 300, seed });
  const answers = await inParallel(pods, (each) =>
    answerOf(client.createPod('default', each, { dryRun: true })),
  );
  let taken = 0;
  for (const [at, { pod: stored }] of answers.entries()) {
    if (stored === undefined) continue;
    const written = pods[at] as Pod;
    const about = `DETOUR_E2E_SEED=${seed}\n${JSON.stringify(written)}`;
    expect(touched(stored), about).toEqual(touched(review(defaultRules, 'default', written)));
    taken += 1;
  }
  expect(taken).toBeGreaterThan(75);
});
