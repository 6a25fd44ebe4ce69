import { expect, inject, onTestFinished, test } from 'vitest';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, type Pod } from '../rig/kubernetes-object.ts';
import { deploy } from '../rig/registration.ts';
import { countWrong, type Outcome } from './rig/steady-load.ts';

/** How many Pods; `CREATES=4000` for a long run. */
const creates = Number(process.env.CREATES ?? 80);
const atOnce = 8;

function podOf(containers: number): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'large-' },
    spec: {
      automountServiceAccountToken: false,
      containers: Array.from({ length: containers }, (_, index) => ({
        name: `c${index}`,
        image: `k8s.gcr.io/pause:${index}`,
      })),
    },
  } as Pod;
}

/*
 * An answer for more than about 120 images (on Node 20; 480 on Node 24) ends its connection. The
 * API server must ask again on another one, and no review may be lost on the way.
 */
test(`${creates} Pods of 20 to 800 containers, ${atOnce} at once: 0 lost`, {
  timeout: 1_800_000,
}, async () => {
  const kubernetes = new Kubernetes(inject('apiServer'));
  const namespace = await kubernetes.createNamespace('large-answers');
  const { undeploy, detour } = await deploy(kubernetes, { edit: { failurePolicy: 'Fail' } });
  onTestFinished(undeploy);
  const outcomes: Outcome[] = [];
  const create = async (containers: number): Promise<Outcome> => {
    try {
      const pod = await kubernetes.createPod(namespace, podOf(containers), { dryRun: true });
      const left = pod.spec.containers.filter(
        ({ image }) => !image?.startsWith(`${defaultMirror}/gcr/`),
      );
      return left.length === 0 ? undefined : `${left.length} images were left`;
    } catch (error) {
      return String(error);
    }
  };
  let begun = 0;
  const worker = async () => {
    while (begun < creates) outcomes.push(await create(20 + ((begun++ * 137) % 781)));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  expect(countWrong(outcomes)).toEqual({});
  expect(await detour.metric('detour_in_flight_requests')).toBe(0);
});
