import { setTimeout as sleep } from 'node:timers/promises';
import { expect, inject, onTestFinished, test } from 'vitest';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror } from '../rig/kubernetes-object.ts';
import { deploy } from '../rig/registration.ts';
import { admit, countWrong, type Outcome } from './rig/steady-load.ts';

/** The API server keeps at most 25 idle ones for a webhook. */
const connections = 24;

/**
 * The API server keeps idle connections for 90 s and does not send a review again. A server that
 * closes them first, as Node's does after 5 s and a second's grace, loses what arrives in that
 * moment.
 */
test('requests on connections that idled for 6 s: 0 failed', async () => {
  const kubernetes = new Kubernetes(inject('apiServer'));
  const namespace = await kubernetes.createNamespace('keep-alive');
  const { undeploy } = await deploy(kubernetes, { edit: { failurePolicy: 'Fail' } });
  onTestFinished(undeploy);
  const origin = 'k8s.gcr.io/pause:3.1';
  const create = admit(kubernetes, namespace, origin, [
    `${defaultMirror}/gcr/google_containers/pause:3.1`,
  ]);

  // Counted from start to start, and all at once: the API server uses each of its connections
  // again.
  const outcomes: Outcome[] = [];
  for (const gap of [5_985, 5_990, 5_995, 6_000, 0]) {
    const pause = sleep(gap);
    outcomes.push(...(await Promise.all(Array.from({ length: connections }, create))));
    await pause;
  }
  expect(countWrong(outcomes)).toEqual({});
});
