import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { scratchFolder } from '../rig/files.ts';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { imageOf, type Pod, podWith } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { deploy } from '../rig/registration.ts';

/*
 * A bare Pod whose unchanged file is applied again after a rule has changed. Another image would
 * restart its container.
 */

const kubernetes = new Kubernetes(inject('apiServer'));
let namespace: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('applied');
});

const origin = 'quay.io/p/app:1';
const rulesTo = (mirror: string, annotate: boolean) =>
  JSON.stringify({ version: 1, annotate, rules: [{ from: 'quay.io', to: mirror }] });

/** Serves rules that send images to old.test, and returns what sends them to new.test. */
async function deployOldRules(annotate: boolean): Promise<() => Promise<void>> {
  const rulesFile = join(scratchFolder('rules'), 'detour.yaml');
  writeFileSync(rulesFile, rulesTo('old.test', annotate));
  const { undeploy } = await deploy(kubernetes, { rulesFile, edit: { failurePolicy: 'Fail' } });
  onTestFinished(undeploy);
  return async () => {
    writeFileSync(rulesFile, rulesTo('new.test', annotate));
    await until('new Pods come from new.test', async () => {
      const pod = await kubernetes.createPod(namespace, podWith(origin), { dryRun: true });
      return imageOf(pod) === 'new.test/p/app:1';
    });
  };
}

/** Creates or updates a Pod in the way of a command. */
const commands = {
  'kubectl apply': (pod: Pod) => run(pod, 'apply'),
  'kubectl apply --server-side': (pod: Pod) => run(pod, 'apply', '--server-side'),
  'kubectl replace, without its annotations': async (pod: Pod) => {
    const stored = await kubernetes.getPod(namespace, pod.metadata.name ?? '').catch(() => null);
    if (stored === null) return run(pod, 'create');
    const [first, ...others] = stored.spec.containers;
    const containers = [{ ...first, ...pod.spec.containers[0] }, ...others] as typeof others;
    const metadata = { ...stored.metadata, annotations: {} };
    run({ ...stored, metadata, spec: { ...stored.spec, containers } }, 'replace');
  },
} as const;

function run(pod: Pod, ...verb: readonly string[]): void {
  kubectl([...verb, '-n', namespace, '-f', '-'], JSON.stringify(pod));
}

const running = async (name: string) => imageOf(await kubernetes.getPod(namespace, name));

describe.each(Object.entries(commands))('by %s', (command, write) => {
  const nameFor = (kind: string) => `${kind}-${Object.keys(commands).indexOf(command)}`;

  test('with annotate: true what runs stays, and another image is decided anew', async () => {
    const changeRules = await deployOldRules(true);
    const pod = podWith(origin, nameFor('annotated'));
    const name = pod.metadata.name ?? '';
    await write(pod);
    expect(await running(name)).toBe('old.test/p/app:1');
    await changeRules();
    for (let count = 0; count < 3; count++) {
      await write(pod);
      expect(await running(name)).toBe('old.test/p/app:1');
    }
    await write(podWith('quay.io/p/app:2', name));
    expect(await running(name)).toBe('new.test/p/app:2');
    await write(pod);
    expect(await running(name)).toBe('new.test/p/app:1');
  });

  test('without it the rules of now decide', async () => {
    const changeRules = await deployOldRules(false);
    const pod = podWith(origin, nameFor('plain'));
    await write(pod);
    await changeRules();
    await write(pod);
    expect(await running(pod.metadata.name ?? '')).toBe('new.test/p/app:1');
  });
});
