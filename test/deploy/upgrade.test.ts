import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import { podWith } from '../rig/kubernetes-object.ts';
import type { WebhookConfiguration } from '../rig/registration.ts';
import { chart, type Rendered } from './rig/chart.ts';
import { createNamespaces, installFile } from './rig/chart-namespaces.ts';
import { helm } from './rig/helm.ts';

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);

beforeAll(() => createNamespaces(kubernetes));

const secretPath = '/api/v1/namespaces/image-detour/secrets/image-detour-certificate';
const pullSecretPath = '/api/v1/namespaces/team-a/secrets/ecr';
const lastGoodPath = '/api/v1/namespaces/image-detour/configmaps/image-detour-last-good-rules';
const configurationPath = `${webhooksPath}/image-detour`;

/** As the webhook does, which updates all three. */
async function keepContents(content: string): Promise<void> {
  await kubernetes.patch(lastGoodPath, { data: { 'detour.yaml': asKept.rules } });
  await kubernetes.patch(secretPath, { data: { 'tls.crt': btoa(content) } });
  const configuration = await kubernetes.get<WebhookConfiguration>(configurationPath);
  const webhooks = configuration.webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: { ...webhook.clientConfig, caBundle: btoa(server.ca) },
  }));
  await kubernetes.patch(configurationPath, { webhooks });
}

async function kept() {
  const { data } = await kubernetes.get<Rendered>(secretPath);
  const { webhooks } = await kubernetes.get<Rendered>(configurationPath);
  const [{ clientConfig, timeoutSeconds }] = webhooks;
  const rules = (await kubernetes.get<Rendered>(lastGoodPath)).data['detour.yaml'];
  const caBundle = atob(clientConfig.caBundle);
  return { content: atob(data['tls.crt']), rules, caBundle, timeoutSeconds };
}

const asKept = {
  content: 'a certificate',
  rules: 'version: 1\nrules: []\n',
  caBundle: server.ca,
};

test('applying install.yaml again leaves the certificate, the caBundle and the last good rules as the webhook keeps them', async () => {
  kubectl(['apply', '-f', installFile]);
  await keepContents(asKept.content);
  kubectl(['apply', '-f', installFile]);
  expect(await kept()).toMatchObject(asKept);
  kubectl(['delete', '-f', installFile, '--selector', 'app.kubernetes.io/instance']);
});

test('where install.yaml has a kind that the API server lacks, as before 1.30, kubectl says so and applies the rest', async () => {
  const text = readFileSync(installFile, 'utf8').replaceAll(
    'kind: ValidatingAdmissionPolicy',
    'kind: UnheardOfAdmissionPolicy',
  );
  expect(() => kubectl(['apply', '-f', '-'], text)).toThrow(/no matches for kind "UnheardOf/);
  const { webhooks } = await kubernetes.get<Rendered>(configurationPath);
  expect(webhooks).toHaveLength(1);
  kubectl([
    'delete',
    '-f',
    installFile,
    '--selector',
    'app.kubernetes.io/instance',
    '--ignore-not-found',
  ]);
});

describe('Helm', () => {
  const ours = ['--selector', 'app.kubernetes.io/instance=image-detour', '-o', 'name'];
  const ecrPullSecret = { name: 'ecr', namespaces: ['team-a'] };
  const token = btoa('{"auths":{"a.example":{"auth":"dG9rZW4="}}}');

  test('upgrades and rolls back, and keeps what the webhook wrote', async () => {
    helm('image-detour', 'install', [chart, '--values', '-'], { ecrPullSecret });
    await keepContents(asKept.content);
    await kubernetes.patch(pullSecretPath, { data: { '.dockerconfigjson': token } });

    helm('image-detour', 'upgrade', [chart, '--values', '-'], {
      ecrPullSecret,
      webhook: { timeoutSeconds: 2 },
    });
    expect(await kept()).toEqual({ ...asKept, timeoutSeconds: 2 });

    helm('image-detour', 'rollback', ['1']);
    expect(await kept()).toEqual({ ...asKept, timeoutSeconds: 3 });
    const { data } = await kubernetes.get<Rendered>(pullSecretPath);
    expect(data).toEqual({ '.dockerconfigjson': token });
  });

  test('renames the registration', () => {
    helm('image-detour', 'upgrade', [chart, '--values', '-'], {
      ecrPullSecret,
      webhook: { name: 'zz-detour' },
    });
    const names = kubectl(['get', 'mutatingwebhookconfigurations', ...ours]);
    expect(names).toMatch(
      /^mutatingwebhookconfiguration\.admissionregistration\.k8s\.io\/zz-detour\n$/,
    );
  });

  test('uninstalls all that it made', () => {
    helm('image-detour', 'uninstall');
    const kinds = 'all,secrets,configmaps,roles,rolebindings,networkpolicies,poddisruptionbudgets';
    const cluster = [
      'mutatingwebhookconfigurations',
      'clusterroles',
      'clusterrolebindings',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
    ].join();
    expect(kubectl(['get', kinds, '--all-namespaces', ...ours])).toBe('');
    expect(kubectl(['get', cluster, ...ours])).toBe('');
  });
});

test('the metric by which the API server tells that it got no answer is the one that an alert reads', async () => {
  kubectl(['apply', '-f', installFile]);
  const isCounted = () =>
    metrics().includes('apiserver_admission_webhook_fail_open_count{name="pods.image-detour.io"');
  for (let pods = 0; pods < 100 && !isCounted(); pods++) {
    await kubernetes.createPod('default', podWith('busybox'), { dryRun: true });
  }
  kubectl(['delete', '-f', installFile, '--selector', 'app.kubernetes.io/instance']);
  expect(isCounted()).toBe(true);
});

/** Some megabytes. */
function metrics(): string {
  const args = ['--kubeconfig', server.kubeconfig, 'get', '--raw', '/metrics'];
  return execFileSync(server.kubectl, args, { encoding: 'utf8', maxBuffer: 2 ** 27 });
}
