import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { issueAuthority, issueCertificate, issueClientCertificate } from '../rig/certificate.ts';
import { type Detour, startDetour } from '../rig/detour.ts';
import { scratchFolder } from '../rig/files.ts';
import { type ControlPlane, findPrograms, startControlPlane } from '../rig/kube-apiserver.ts';
import { type ApiServer, Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import { defaultMirror, imageOf, podWith } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { printConfiguration, register } from '../rig/registration.ts';
import { admissionArgument } from './rig/admission-configuration.ts';

const scratch = scratchFolder('client-ca');
const folder = join(scratch, 'api-server');
let detour: Detour;
let controlPlane: ControlPlane;

beforeAll(async () => {
  const authority = issueAuthority(scratch, 'webhook-ca');
  const serving = issueCertificate(scratch, 'webhook', authority);
  const clients = issueAuthority(scratch, 'client-ca');
  const client = issueClientCertificate(scratch, 'kube-apiserver', clients);
  detour = await startDetour({
    tls: { ...serving, ca: authority.cert },
    args: ['--client-ca', clients.certFile],
  });
  mkdirSync(folder);
  controlPlane = await startControlPlane(folder, findPrograms(), [
    admissionArgument(scratch, `127.0.0.1:${detour.port}`, client),
  ]);
  await new Kubernetes(controlPlane.apiServer).createServiceAccount('default');
});
afterAll(async () => {
  await controlPlane.stop();
  await detour.process.stop('SIGKILL');
  rmSync(join(folder, 'etcd'), { recursive: true });
});

async function imageFrom(apiServer: ApiServer): Promise<string | undefined> {
  const pod = podWith('quay.io/a:1');
  return imageOf(await new Kubernetes(apiServer).createPod('default', pod, { dryRun: true }));
}

const configuration = () => printConfiguration(detour.webhook, detour.caFile);

test('an API server that shows a certificate of the client CA is answered', async () => {
  const { apiServer } = controlPlane;
  const unregister = await register(new Kubernetes(apiServer), configuration());
  expect(await imageFrom(apiServer)).toBe(`${defaultMirror}/quay/a:1`);
  await unregister();
});

test('an API server that shows no certificate is not answered, and that is counted and logged', async () => {
  const apiServer = inject('apiServer');
  const kubernetes = new Kubernetes(apiServer);
  await kubernetes.create(webhooksPath, configuration());
  try {
    await until('it is refused', async () => {
      expect(await imageFrom(apiServer)).toBe('quay.io/a:1');
      const count = 'detour_client_certificates_refused_total{reason="missing"}';
      return ((await detour.metric(count)) ?? 0) > 0;
    });
    await until('it is logged', () =>
      detour.logs().find(({ msg }) => msg === 'a client was refused because of its certificate'),
    );
  } finally {
    await kubernetes.delete(`${webhooksPath}/image-detour`);
  }
});
