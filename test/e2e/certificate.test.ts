import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { type Certificate, issueAuthority, issueCertificate } from '../rig/certificate.ts';
import { mountFolder, scratchFolder } from '../rig/files.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { type DeployOptions, deploy } from '../rig/registration.ts';
import { reviewOnFreshConnection } from './rig/fresh-connection.ts';
import { admit, type Outcome, startLoad } from './rig/steady-load.ts';

const rotations = 30;
/** Reviews a second, in each of both ways. */
const rate = 50;
const origin = 'k8s.gcr.io/pause:3.1';
const mirrored = `${defaultMirror}/gcr/google_containers/pause:3.1`;

const kubernetes = new Kubernetes(inject('apiServer'));
let namespace: string;
let old: Certificate;
let young: Certificate;
let bundle: string;
let folder: string;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('certificate');
  folder = scratchFolder('authorities');
  old = issueAuthority(folder, 'old-authority');
  young = issueAuthority(folder, 'young-authority');
  bundle = old.cert + young.cert;
});

const fingerprintOf = ({ cert }: Certificate) => new X509Certificate(cert).fingerprint256;
const filesOf = ({ cert, key }: Certificate) => ({ 'tls.crt': cert, 'tls.key': key });

async function deployForThisTest(tlsFolder: string, options: DeployOptions = {}) {
  const tls = {
    certFile: join(tlsFolder, 'tls.crt'),
    keyFile: join(tlsFolder, 'tls.key'),
    ca: bundle,
  };
  const deployment = await deploy(kubernetes, {
    tls,
    edit: { failurePolicy: 'Fail' },
    ...options,
  });
  onTestFinished(deployment.undeploy);
  return deployment.detour;
}

/** Both through the API server and beside it, where each request makes its own connection. */
function startBothLoads(webhook: string, seen: Set<string>) {
  const direct = async (): Promise<Outcome> => {
    try {
      const { image, certificate } = await reviewOnFreshConnection(webhook, bundle, origin);
      seen.add(certificate);
      return image === mirrored ? undefined : `patched to ${image}`;
    } catch (error) {
      return String(error);
    }
  };
  return [
    startLoad(rate, admit(kubernetes, namespace, origin, [mirrored])),
    startLoad(rate, direct),
  ];
}

test('thirty certificates of two authorities, swapped as the kubelet does it: 0 failed', {
  timeout: 300_000,
}, async () => {
  const certificates = Array.from({ length: rotations + 1 }, (_, index) =>
    issueCertificate(folder, `leaf-${index}`, index % 4 < 2 ? old : young),
  );
  const [first, ...others] = certificates as [Certificate, ...Certificate[]];
  const mounted = mountFolder(filesOf(first));
  const detour = await deployForThisTest(mounted.path);

  const seen = new Set<string>();
  const loads = startBothLoads(detour.webhook, seen);
  const begun = performance.now();
  for (const next of others) {
    mounted.swap(filesOf(next));
    await until('the next is shown', () => seen.has(fingerprintOf(next)), 11);
  }
  const seconds = (performance.now() - begun) / 1_000;
  for (const load of loads) {
    const { sent, wrong } = await load.stop();
    expect(wrong).toEqual({});
    expect(sent).toBeGreaterThan(0.8 * rate * seconds);
  }
  expect([...seen]).toEqual(certificates.map(fingerprintOf));
  const last = new X509Certificate(others.at(-1)?.cert ?? '');
  expect(await detour.metric('detour_certificate_not_after_timestamp_seconds')).toBe(
    Date.parse(last.validTo) / 1_000,
  );
});

function rsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

test('while a pair is half written, the old one stays in use: 0 failed', async () => {
  const first = issueCertificate(folder, 'first', old);
  const second = issueCertificate(folder, 'second', young);
  const tlsFolder = scratchFolder('tls');
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(tlsFolder, name), text);
  };
  write(filesOf(first));
  const detour = await deployForThisTest(tlsFolder);

  const seen = new Set<string>();
  const loads = startBothLoads(detour.webhook, seen);
  const steps = [
    { 'tls.crt': second.cert.slice(0, 200) },
    { 'tls.crt': second.cert },
    { 'tls.key': '' },
    { 'tls.key': rsaKey() },
  ];
  for (const step of steps) {
    write(step);
    await sleep(1_300);
    expect([...seen]).toEqual([fingerprintOf(first)]);
  }
  const failures = await detour.metric('detour_certificate_reloads_total{result="failure"}');
  expect(failures).toBeGreaterThanOrEqual(1);

  write({ 'tls.key': second.key });
  await until('the second is shown', () => seen.has(fingerprintOf(second)), 11);
  for (const load of loads) expect((await load.stop()).wrong).toEqual({});
});

test('these tests would notice a certificate whose authority is not in the bundle', async () => {
  const mounted = mountFolder(filesOf(issueCertificate(folder, 'known', old)));
  const detour = await deployForThisTest(mounted.path);
  const review = () => reviewOnFreshConnection(detour.webhook, bundle, origin);
  expect((await review()).image).toBe(mirrored);

  const stranger = issueAuthority(folder, 'stranger');
  mounted.swap(filesOf(issueCertificate(folder, 'strange', stranger)));
  const problem = await until('a refused certificate', () =>
    review().then(
      () => undefined,
      (error: Error) => error.message,
    ),
  );
  expect(problem).toMatch(/unable to verify|self.signed|unable to get/);
});
