import fc from 'fast-check';
import { expect, inject, onTestFinished, test } from 'vitest';
import { arbitraryPod } from '../rig/arbitrary-pod.ts';
import { writeScratch } from '../rig/files.ts';
import { type ApiError, Kubernetes } from '../rig/kubernetes.ts';
import type { Pod } from '../rig/kubernetes-object.ts';
import { deploy } from '../rig/registration.ts';

const podCount = Number(process.env.DETOUR_E2E_PODS ?? 400);
const mayAlwaysDiffer = [
  /^\/spec\/(containers|initContainers)\/\d+\/image$/,
  /^\/spec\/volumes\/\d+\/image\/reference$/,
  /^\/metadata\/annotations\/image-detour~1direct$/,
];
const originals = /^\/metadata\/annotations\/image-detour~1(original|rewritten)-images$/;

const talkativeRules = `
version: 1
mirror: mirror.example
annotate: true
warn: true
rules:
  - from: '*'
    to: \${mirror}/\${registry}
`;

type Answer = { readonly status: 201; readonly pod: Pod } | { readonly status: number };

const kubernetes = new Kubernetes(inject('apiServer'));

test.each([
  ['the default rules', {}, mayAlwaysDiffer],
  [
    'annotations and warnings',
    { rulesFile: writeScratch('detour.yaml', talkativeRules) },
    [...mayAlwaysDiffer, originals],
  ],
])(
  'with %s the API server takes the same Pods, and only images differ',
  async (_, options, mayDiffer) => {
    const namespace = await kubernetes.createNamespace('fuzz');
    const seed = Number(process.env.DETOUR_E2E_SEED ?? Date.now() | 0);
    const pods = fc.sample(arbitraryPod, { numRuns: podCount, seed });

    const without = await createAll(namespace, pods);
    const { undeploy } = await deploy(kubernetes, { ...options, edit: { failurePolicy: 'Fail' } });
    onTestFinished(undeploy);
    const withWebhook = await createAll(namespace, pods);

    const differences = pods.map((pod, index) => {
      const before = without[index];
      const after = withWebhook[index];
      return { pod, paths: differingPaths(before, after) };
    });
    const wrong = differences.filter(({ paths }) =>
      paths.some((path) => !mayDiffer.some((pattern) => pattern.test(path))),
    );
    expect(wrong, `DETOUR_E2E_SEED=${seed}`).toEqual([]);

    // A second time, as by reinvocation, nothing is to be done.
    const stored = withWebhook.flatMap((answer) => ('pod' in answer ? [answer] : []));
    const again = await createAll(
      namespace,
      stored.map(({ pod }) => asWritten(pod)),
    );
    const changedAgain = stored.flatMap((answer, index) => differingPaths(answer, again[index]));
    expect(changedAgain, `DETOUR_E2E_SEED=${seed}`).toEqual([]);

    // Not much would be shown if most were refused, or left as they were.
    expect(without.filter(({ status }) => status === 201).length).toBeGreaterThan(podCount / 4);
    expect(differences.filter(({ paths }) => paths.length > 0).length).toBeGreaterThan(
      podCount / 8,
    );
  },
);

/** Creates all, sixteen at a time. */
async function createAll(namespace: string, pods: readonly Pod[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  const next = pods.entries();
  const work = async () => {
    for (const [index, pod] of next) answers[index] = await create(namespace, pod);
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return answers;
}

async function create(namespace: string, pod: Pod): Promise<Answer> {
  try {
    return { status: 201, pod: await kubernetes.createPod(namespace, pod, { dryRun: true }) };
  } catch (error) {
    return { status: (error as ApiError).status };
  }
}

function differingPaths(before: Answer | undefined, after: Answer | undefined): string[] {
  if (!before || !after || before.status !== after.status) return ['/'];
  if (!('pod' in before) || !('pod' in after)) return [];
  return differing(withoutIdentity(before.pod), withoutIdentity(after.pod), '');
}

/** A stored Pod as somebody would write it anew. */
function asWritten({ apiVersion, kind, metadata, spec }: Pod): Pod {
  const { name = '', annotations = {} } = metadata;
  return { apiVersion, kind, metadata: { name, annotations }, spec };
}

/** Without what the API server makes anew for each Pod. */
function withoutIdentity({ metadata, spec }: Pod): object {
  const { annotations, labels, name } = metadata;
  return { metadata: { annotations, labels, name }, spec };
}

/** The JSON Pointers of the values that are not the same in both. */
function differing(one: unknown, other: unknown, at: string): string[] {
  if (!isObject(one) && !isObject(other)) return Object.is(one, other) ? [] : [at];
  const left = isObject(one) ? one : {};
  const right = isObject(other) ? other : {};
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) =>
    differing(left[key], right[key], `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
