import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { issueAuthority, issueCertificate } from '../rig/certificate.ts';
import { type Detour, type DetourOptions, isReady, startDetour } from '../rig/detour.ts';
import { scratchFolder } from '../rig/files.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror } from '../rig/kubernetes-object.ts';
import { freePort, until } from '../rig/process.ts';
import { changed, printConfiguration, register } from '../rig/registration.ts';
import { startBalancer } from './rig/balancer.ts';
import { admit, startLoad } from './rig/steady-load.ts';

const origin = 'k8s.gcr.io/pause:3.1';
const mirrored = `${defaultMirror}/gcr/google_containers/pause:3.1`;

const kubernetes = new Kubernetes(inject('apiServer'));
let namespace: string;
let tls: { certFile: string; keyFile: string; ca: string };

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('restart');
  const folder = scratchFolder('tls');
  const authority = issueAuthority(folder, 'authority');
  tls = { ...issueCertificate(folder, 'webhook', authority), ca: authority.cert };
});

async function startForThisTest(options: DetourOptions): Promise<Detour> {
  const detour = await startDetour({ tls, ...options });
  onTestFinished(async () => void (await detour.process.stop('SIGKILL')));
  return detour;
}

/** SIGTERM, and soon after the drain it has ended well; a busy machine needs more than a second. */
async function stopGracefully(detour: Detour, drainMs: number): Promise<void> {
  const exited = detour.process.stop('SIGTERM');
  await sleep(100);
  expect(await isReady(detour)).toBe(false);
  const exit = await Promise.race([exited, sleep(drainMs + 3_000, 'still running')]);
  expect(exit).toEqual({ code: 0, signal: null });
}

test('SIGTERM and restart on the same port under load, Ignore: 0 denied', async () => {
  const port = await freePort();
  const options = { port, args: ['--drain-delay', '1s'] };
  let detour = await startForThisTest(options);
  onTestFinished(await register(kubernetes, printConfiguration(detour.webhook, detour.caFile)));

  const load = startLoad(80, admit(kubernetes, namespace, origin, [mirrored, origin]));
  for (let restart = 0; restart < 3; restart++) {
    await sleep(500);
    await stopGracefully(detour, 1_000);
    detour = await startForThisTest(options);
    expect(await admit(kubernetes, namespace, origin, [mirrored])()).toBeUndefined();
  }
  const { sent, wrong } = await load.stop();
  expect(wrong).toEqual({});
  expect(sent).toBeGreaterThan(200);
});

test('rolling restarts behind a balancer under load, Fail: 0 failed, every Pod rewritten', async () => {
  const balancer = await startBalancer();
  onTestFinished(() => balancer.close());
  const join = async () => {
    const instance = await startForThisTest({ args: ['--drain-delay', '3s'] });
    balancer.add(instance);
    await until('it gets connections', () => balancer.routesTo(instance));
    return instance;
  };
  let instance = await join();
  const url = `https://127.0.0.1:${balancer.port}/mutate`;
  const configuration = changed(printConfiguration(url, instance.caFile), {
    failurePolicy: 'Fail',
  });
  onTestFinished(await register(kubernetes, configuration));

  const load = startLoad(80, admit(kubernetes, namespace, origin, [mirrored]));
  for (let restart = 0; restart < 4; restart++) {
    const successor = await join();
    await stopGracefully(instance, 3_000);
    balancer.remove(instance);
    instance = successor;
  }
  const { sent, wrong } = await load.stop();
  expect(wrong).toEqual({});
  expect(sent).toBeGreaterThan(1_000);
});
