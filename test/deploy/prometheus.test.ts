import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { renewPullSecrets } from '../../src/server/following/pull-secrets.ts';
import { writeScratch } from '../rig/files.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { defaultMirror, type KubernetesObject, podWith } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { type Replica, startReplica } from '../rig/replica.ts';
import { send } from '../support/test-server.ts';
import { named, one, render } from './rig/chart.ts';
import { type Prometheus, type Sample, startPrometheus } from './rig/prometheus.ts';

/*
 * A real Prometheus scrapes a replica and the API server that calls it, evaluates the alerts of the
 * chart, and is asked for each panel of its dashboard.
 */
const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);

const objects = render({ monitoring: { alerts: true, dashboard: true } });
const dashboard: { readonly panels: readonly Panel[] } = JSON.parse(
  named(objects, 'ConfigMap', 'image-detour-dashboard').data['image-detour.json'],
);

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const rules = `version: 1
namespaceRules: { to: [m.example], namespaces: { include: [seen-*] } }
rules:
  - from: quay.io
    to: ${defaultMirror}/quay
  - from: evil.example
    deny: no
`;

let namespace: string;
let replica: Replica;
let prometheus: Prometheus;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('seen');
  const { token, ca } = server;
  const api = new KubernetesApi(async () => ({ host, port: Number(port), ca, token }));
  await kubernetes.create(`/api/v1/namespaces/${namespace}/secrets`, ecrSecret());
  const pullSecret = { api, name: 'ecr', namespaces: [namespace] };
  const background = [renewPullSecrets(pullSecret)];
  const options = { kubernetes, api, namespace, name: 'seen', rules };
  replica = await startReplica({ ...options, namespaceRules: true, background });
  const { host: target } = new URL(replica.healthUrl);
  const labels = { namespace: 'image-detour', pod: 'image-detour-5d9f-abcde' };
  prometheus = await startPrometheus(
    [
      { job_name: 'image-detour', static_configs: [{ targets: [target], labels }] },
      {
        job_name: 'apiserver',
        scheme: 'https',
        tls_config: { ca_file: writeScratch('ca.pem', ca) },
        authorization: { credentials: token },
        static_configs: [{ targets: [`${host}:${port}`] }],
      },
    ],
    one(objects, 'PrometheusRule').spec,
  );
  await until('both are scraped', async () => (await prometheus.query('up == 1')).length === 2);
});
afterAll(async () => {
  await prometheus?.stop();
  await replica?.stop();
});

/** What Grafana puts in before it asks. */
const ask = (expr: string) =>
  prometheus.query(
    expr.replaceAll('$__rate_interval', '1m').replaceAll('$namespace', 'image-detour'),
  );

const createPods = async (image: string, count: number) => {
  for (let made = 0; made < count; made++) {
    const pod = podWith(image, `seen-${made}`);
    await kubernetes.createPod(namespace, pod, { dryRun: true }).catch(() => undefined);
    await sleep(300);
  }
};

async function panelValue(title: string, labels: object = {}): Promise<number> {
  const panel = dashboard.panels.find((each) => each.title === title);
  const samples = await Promise.all((panel?.targets ?? []).map(({ expr }) => ask(expr)));
  const found = samples.flat().filter((sample) => matches(sample, labels));
  return found.reduce((sum, { value }) => sum + value, 0);
}

const matches = ({ labels }: Sample, wanted: object) =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);

const eventually = (what: string, ask: () => Promise<boolean>) => until(what, ask, 30);

describe('while all is well', () => {
  beforeAll(async () => {
    await createPods('quay.io/app:1', 5);
    await createPods('evil.example/app:1', 2);
    await send(request(replica.url, { method: 'POST', ca: replica.ca }), 'no review');
    // The replica begins again with another CA.
    await kubernetes.patch(`/api/v1/namespaces/${namespace}/secrets/seen`, { data: null });
    await eventually('the certificate is issued again', async () => {
      return (await panelValue('Certificate', { step: 'begin' })) > 0;
    });
    await eventually('the reviews are scraped', async () => (await panelValue('Reviews')) > 0);
  });

  test.each(dashboard.panels)(
    'the panel $title has data, and labels for its legend',
    async ({ targets }) => {
      for (const { expr, legendFormat } of targets) {
        const samples = await ask(expr);
        expect(samples, expr).not.toEqual([]);
        for (const { labels, value } of samples) {
          expect(value, expr).not.toBeNaN();
          for (const [, name = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
            expect(labels).toHaveProperty(name);
        }
      }
    },
  );

  test('the panels show what happened', async () => {
    expect(await panelValue('Replicas')).toBe(1);
    expect(await panelValue('Rules')).toBe(1);
    expect(await panelValue('Images by rule', { rule: 'quay.io' })).toBeGreaterThan(0);
    expect(await panelValue('Images decided', { action: 'deny' })).toBeGreaterThan(0);
    expect(await panelValue('Refused requests', { status: '415' })).toBeGreaterThan(0);
    expect(await panelValue('ECR token expires in')).toBeGreaterThan(3 * 3600);
    expect(await panelValue('Not reached (1 h)')).toBe(0);
  });

  test('the alerts can be evaluated, and none fires', async () => {
    expect(await prometheus.query('ALERTS{alertstate="firing"}')).toEqual([]);
    expect((await prometheus.query('up'))[0]?.value).toBe(1);
  });
});

test.each(['Ignore', 'Fail'] as const)(
  'calls that are lost are shown with %s',
  async (failurePolicy) => {
    const before = await panelValue('Not reached (1 h)');
    replica.register({
      failurePolicy,
      // Nothing listens here.
      address: { url: 'https://127.0.0.1:1/mutate' },
    });
    await eventually('lost calls are shown', async () => {
      await createPods('quay.io/app:1', 4);
      return (await panelValue('Not reached (1 h)')) >= before + 2;
    });
    replica.register();
  },
);

test('an outage brings the alert to the point of firing', async () => {
  await eventually('DetourNotReached is pending', async () => {
    const found = await prometheus.query('ALERTS{alertname="DetourNotReached"}');
    return found.length > 0;
  });
});

/** A token that needs no renewal. */
function ecrSecret(): KubernetesObject {
  const auth = Buffer.from('AWS:token').toString('base64');
  const config = JSON.stringify({ auths: { [defaultMirror]: { auth } } });
  const region = defaultMirror.split('.')[3] ?? '';
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 'ecr',
      annotations: {
        [`image-detour/expires-at.${region}`]: new Date(Date.now() + 11 * 3_600_000).toISOString(),
      },
    },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
  } as KubernetesObject;
}
