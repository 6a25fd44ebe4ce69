import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { webhookName } from '../../src/admission/webhook-configuration.ts';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { updateSharedCertificate } from '../../src/kubernetes/shared-certificate.ts';
import { kubectl, kubectlAsync } from '../rig/kubectl.ts';
import { Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import { until } from '../rig/process.ts';
import { runWebhookCommand } from '../rig/registration.ts';
import {
  type AdmissionsEnforcer,
  disabled,
  enforced,
  startAdmissionsEnforcer,
} from './rig/admissions-enforcer.ts';
import { chart, type Rendered } from './rig/chart.ts';
import { helm } from './rig/helm.ts';

/* AKS edits the registrations of webhooks. Its part is played: nobody here has an AKS cluster. */

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);
/** Of the release, its namespace, and the registration. */
const name = 'on-aks';
let enforcer: AdmissionsEnforcer;

beforeAll(() => {
  kubectl(['create', 'namespace', name]);
});
beforeEach(() => {
  enforcer = startAdmissionsEnforcer(kubernetes, name);
});
afterEach(() => enforcer.stop());

const webhooksNow = async () =>
  (await kubernetes.get<Rendered>(`${webhooksPath}/${name}`)).webhooks as Rendered[];
const expressions = async () =>
  (await webhooksNow()).map(({ namespaceSelector }) => namespaceSelector.matchExpressions);
const hasEdited = () => until('the enforcer has edited it', async () => enforcer.writes() > 0);
/** Long enough for the enforcer to look many times. */
const settle = () => sleep(500);

/** Runs helm with values for the registration: Helm 4 applies on the server side. */
const helmWith = (command: string, webhook: object, ...args: readonly string[]) =>
  helm(name, command, [chart, '--values', '-', ...args], { fullnameOverride: name, webhook });

describe('helm upgrade', () => {
  afterEach(() => helm(name, 'uninstall'));

  async function upgrade(webhook: object): Promise<void> {
    helmWith('install', webhook);
    await settle();
    helmWith('upgrade', { ...webhook, timeoutSeconds: 2 });
  }

  test('conflicts with the enforcer: this is what AKS users see', async () => {
    const failed = upgrade({});
    await expect(failed).rejects.toThrow('conflict with "admissionsenforcer"');
    await expect(failed).rejects.toThrow(`.webhooks[name="${webhookName}"].namespaceSelector`);
  });

  test('takes the selector back once it is forced, and with the annotation keeps it', async () => {
    await expect(upgrade({})).rejects.toThrow('conflict');
    const before = enforcer.writes();
    helmWith('upgrade', { annotations: disabled }, '--force-conflicts');
    helmWith('upgrade', { annotations: disabled, timeoutSeconds: 5 });
    await settle();
    expect(enforcer.writes()).toBe(before);
    for (const list of await expressions()) expect(list).toHaveLength(2);
  });

  test('does not with the annotation, and the enforcer writes nothing', async () => {
    await upgrade({ annotations: disabled });
    expect(enforcer.writes()).toBe(0);
  });

  test('does not if the values have what the enforcer adds, and it writes nothing', async () => {
    await upgrade({ namespaceSelector: { matchExpressions: enforced } });
    expect(enforcer.writes()).toBe(0);
  });
});

describe('kubectl apply of what detour webhook prints', () => {
  const url = ['--url', 'https://webhook.example/mutate', '--name', name];
  const apply = (text: string) => kubectl(['apply', '--server-side', '-f', '-'], text);
  afterEach(() => kubectl(['delete', 'mutatingwebhookconfiguration', name]));

  test('conflicts on the server side', async () => {
    apply(runWebhookCommand(url));
    await hasEdited();
    expect(() => apply(runWebhookCommand(url))).toThrow(/conflict with "admissionsenforcer"/);
  });

  test.each([
    ['the annotation', ['--annotation', 'admissions.enforcer/disabled=true']],
    [
      'the selectors',
      [
        ...['--namespace-selector', 'control-plane notin (true)'],
        ...['--namespace-selector', 'kubernetes.azure.com/managedby notin (aks)'],
      ],
    ],
  ])('does not with %s', async (_, options) => {
    const text = runWebhookCommand([...url, ...options]);
    apply(text);
    await settle();
    apply(text);
    expect(enforcer.writes()).toBe(0);
  });
});

describe('the certificate', () => {
  afterEach(() => helm(name, 'uninstall'));

  test('is kept by the webhook, as its account may, while the enforcer edits the same webhooks: neither undoes the other', async () => {
    helmWith('install', { includeKubeSystem: true, failurePolicy: 'Fail' });
    await hasEdited();
    const token = await kubectlAsync('create', 'token', name, '--namespace', name);
    const api = new KubernetesApi(async () => ({ host, port: Number(port), ca: server.ca, token }));
    const repairs: string[] = [];
    const look = () =>
      updateSharedCertificate({
        api,
        namespace: name,
        secret: `${name}-certificate`,
        configuration: name,
        names: [`${name}.${name}.svc`],
        lifetimes: { serving: 30 * day, authority: 365 * day, overlap: day },
        on: { rotated: () => {}, repaired: (one) => repairs.push(one) },
      });
    const { caBundle } = await look();
    await settle();
    await look();
    expect(repairs).toEqual([name]);
    expect(enforcer.writes()).toBe(1);
    const webhooks = await webhooksNow();
    expect(webhooks.map(({ clientConfig }) => atob(clientConfig.caBundle))).toEqual([
      caBundle,
      caBundle,
    ]);
    for (const list of await expressions()) expect(list).toEqual(expect.arrayContaining(enforced));
  });
});

const day = 24 * 60 * 60 * 1000;
