import { join } from 'node:path';
import { buildOnce } from '../../rig/build-once.ts';
import { issueAuthority, issueCertificate } from '../../rig/certificate.ts';
import { scratchFolder } from '../../rig/files.ts';
import { type Kubernetes, webhooksPath } from '../../rig/kubernetes.ts';
import { type Pod, podOf } from '../../rig/kubernetes-object.ts';
import { start, until, untilReady } from '../../rig/process.ts';
import type { WebhookConfiguration } from '../../rig/registration.ts';

/**
 * Returns a Pod as charts of Istio's gateways write it: Istio's injector puts its own image in
 * place of `auto`.
 */
export function gatewayPod(name: string): Pod {
  const containers = [{ name: 'istio-proxy', image: 'auto' }];
  return podOf(
    name,
    { containers },
    {
      labels: { 'sidecar.istio.io/inject': 'true' },
      annotations: { 'inject.istio.io/templates': 'gateway' },
    },
  );
}

/** Starts Istio's own injector and registers it under Istio's name, which sorts after image-detour. */
export async function startIstioInjector(kubernetes: Kubernetes): Promise<() => Promise<void>> {
  const folder = scratchFolder('istio');
  const authority = issueAuthority(folder, 'istio-ca');
  const { certFile, keyFile } = issueCertificate(folder, 'istiod', authority);
  const program = buildOnce('test/e2e/build-istio-injector.sh');
  const running = start(program, ['-cert', certFile, '-key', keyFile], join(folder, 'log'));
  const address = await untilReady(
    'Istio’s injector listens',
    running,
    () => running.lines().find((line) => /^127\.0\.0\.1:\d+$/.test(line)),
    30,
  );
  const configuration = configurationFor(`https://${address}/inject`, authority.cert);
  await kubernetes.create(webhooksPath, configuration);
  const stop = async () => {
    await kubernetes.delete(`${webhooksPath}/${configuration.metadata.name}`);
    await running.stop('SIGKILL');
  };
  const isInjected = async () => {
    const pod = await kubernetes.createPod('default', gatewayPod('before'), { dryRun: true });
    return pod.spec.containers.some(({ image }) => image !== 'auto');
  };
  await until('Istio injects', isInjected).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return stop;
}

function configurationFor(url: string, ca: string): WebhookConfiguration {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'istio-sidecar-injector' },
    webhooks: [
      {
        name: 'object.sidecar-injector.istio.io',
        clientConfig: { url, caBundle: btoa(ca) },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
        objectSelector: { matchLabels: { 'sidecar.istio.io/inject': 'true' } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        // As Istio installs it.
        reinvocationPolicy: 'Never',
      },
    ],
  };
}
