import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { issueSelfSigned } from '../../src/certificate/issue.ts';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import {
  keepRegistration,
  type RegistrationUpkeep,
} from '../../src/server/following/registration-upkeep.ts';
import { Metrics } from '../../src/server/metrics/metrics.ts';
import { reviewPaths } from '../../src/server/webhook.ts';
import { buildOnce } from '../rig/build-once.ts';
import { kubectl, kubectlAsync } from '../rig/kubectl.ts';
import { Kubernetes, webhooksPath } from '../rig/kubernetes.ts';
import type { WebhookConfiguration } from '../rig/registration.ts';
import { chart, template, tool } from './rig/chart.ts';
import { createNamespaces } from './rig/chart-namespaces.ts';

/*
 * Who installs the chart, and what a replica does to its registration, at a real API server: with
 * the account, the roles and the policies of the chart.
 */
const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);
const name = 'image-detour';
const soon = { timeout: 2_000, interval: 20 };

let caBundle: string;
let cert: string;
beforeAll(async () => {
  await createNamespaces(kubernetes);
  const issued = await issueSelfSigned([`${name}.${name}.svc`]);
  [caBundle, cert] = [issued.caCertificate, issued.certificate];
});

const valuesOf = (failurePolicy: string, timeoutSeconds = 3) => ({
  certificate: { mode: 'existing', secretName: 'tls', caBundle },
  webhook: { failurePolicy, timeoutSeconds },
  // No node runs its Pod here.
  rules: { check: false },
});

interface Installer {
  readonly install: (values: object) => void;
  readonly upgrade: (values: object) => void;
  readonly uninstall: () => void;
}

function withHelm(program: () => string): Installer {
  const run = (command: string, values?: object) => {
    const place = ['--namespace', name, '--kubeconfig', server.kubeconfig];
    const more = values === undefined ? [] : [chart, '--values', '-'];
    const input = JSON.stringify(values);
    const args = [command, name, ...more, ...place];
    const { status, stderr } = spawnSync(program(), args, { encoding: 'utf8', input });
    if (status !== 0) throw new Error(stderr);
  };
  return {
    install: (values) => run('install', values),
    upgrade: (values) => run('upgrade', values),
    uninstall: () => run('uninstall'),
  };
}

function withKubectl(...more: readonly string[]): Installer {
  const apply = (values: object) => {
    const { stdout } = template(values, { args: ['--skip-tests', '--kube-version', '1.36'] });
    kubectl(['apply', ...more, '-f', '-'], stdout);
  };
  const uninstall = () => {
    const { stdout } = template(valuesOf('Fail'), {
      args: ['--skip-tests', '--kube-version', '1.36'],
    });
    kubectl(['delete', '-f', '-'], stdout);
  };
  return { install: apply, upgrade: apply, uninstall };
}

const installers: readonly [string, Installer][] = [
  ['Helm 4', withHelm(() => tool('helm'))],
  ['Helm 3', withHelm(() => buildOnce('test/deploy/build-helm3.sh'))],
  ['kubectl apply', withKubectl()],
  ['kubectl apply --server-side', withKubectl('--server-side')],
];

describe.each(installers)('with %s', (_, { install, upgrade, uninstall }) => {
  let replica: RegistrationUpkeep;
  beforeAll(async () => {
    install(valuesOf('Fail'));
    replica = await startReplica();
  });
  afterAll(async () => {
    replica.stop();
    uninstall();
    await kubectlAsync('label', 'namespace', name, 'image-detour=disabled', '--overwrite');
  });

  test('it begins with Ignore, and a review raises it to Fail', async () => {
    await kubectlAsync('label', 'namespace', name, 'image-detour-');
    await replica.firstInForce;
    await sleep(500);
    expect(await policy()).toBe('Ignore');
    replica.reviewed('kube-apiserver-admission');
    await expectPolicy('Fail');
    // The installers block this process, and the replica with it.
    await expectDisowned();
    expect(await kubectlAsync('get', 'namespace', name, '-o', 'yaml')).toContain(
      'image-detour: disabled',
    );
  });

  test('each upgrade goes without a conflict, and Fail is back soon', async () => {
    for (const timeoutSeconds of [2, 4, 3]) {
      upgrade(valuesOf('Fail', timeoutSeconds));
      await expectPolicy('Fail');
      await expectDisowned();
      const { webhooks } = await kubernetes.get<WebhookConfiguration>(path);
      expect(webhooks[0]?.timeoutSeconds).toBe(timeoutSeconds);
    }
  });

  test('an upgrade to Ignore goes without a conflict, too, and is not undone', async () => {
    upgrade(valuesOf('Ignore'));
    await sleep(1_000);
    expect(await policy()).toBe('Ignore');
  });

  test('an upgrade back to Fail is raised again', async () => {
    upgrade(valuesOf('Fail'));
    await expectPolicy('Fail');
    await expectDisowned();
  });
});

const path = `${webhooksPath}/${name}`;

async function policy(): Promise<unknown> {
  return (await kubernetes.get<WebhookConfiguration>(path)).webhooks[0]?.failurePolicy;
}

async function expectPolicy(wanted: string): Promise<void> {
  await vi.waitFor(async () => expect(await policy()).toBe(wanted), soon);
}

async function expectDisowned(): Promise<void> {
  await vi.waitFor(async () => {
    const { metadata } = await kubernetes.get(path);
    expect(JSON.stringify(metadata)).not.toContain('"manager":"image-detour"');
  }, soon);
}

/** The part of a replica that looks after the registration, with the account of the chart. */
async function startReplica(): Promise<RegistrationUpkeep> {
  const token = await kubectlAsync('create', 'token', name, '--namespace', name);
  const api = new KubernetesApi(async () => ({ host, port: Number(port), ca: server.ca, token }));
  const begin = keepRegistration({
    api,
    name,
    namespace: name,
    exemption: ['image-detour', 'disabled'],
    hasPublicCa: false,
    paths: reviewPaths,
  });
  const rules = () => ({ exits: new Set() }) as unknown as RuleSet;
  const logger = pino({ enabled: false });
  const replica = begin(rules, { metrics: new Metrics('test'), logger, interval: 1_000 });
  replica.present({ cert, key: '', notAfter: new Date() });
  return replica;
}
