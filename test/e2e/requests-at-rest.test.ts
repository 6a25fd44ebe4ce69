import { connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { KubernetesApi } from '../../src/kubernetes/api.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import type { KubernetesObject } from '../rig/kubernetes-object.ts';
import { startReplica } from '../rig/replica.ts';

/*
 * What a replica asks of the API server while nothing changes. With 100 labelled among 5,100
 * ConfigMaps: OTHER_CONFIG_MAPS=5000 LABELLED_CONFIG_MAPS=100 QUIET_SECONDS=60
 */
const others = Number(process.env.OTHER_CONFIG_MAPS ?? 200);
const labelled = Number(process.env.LABELLED_CONFIG_MAPS ?? 20);
const quietSeconds = Number(process.env.QUIET_SECONDS ?? 25);

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const { hostname: host, port } = new URL(server.url);
let namespace: string;
/** Counts the connections to the API server. */
let door: Server;
let connections = 0;
let requests = 0;
let api: KubernetesApi;

beforeAll(async () => {
  namespace = await kubernetes.createNamespace('at-rest');
  door = createServer((incoming) => {
    connections++;
    const outgoing = connect(Number(port), host);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const address = door.address() as { port: number };
  api = new KubernetesApi(async () => {
    requests++;
    return { host: '127.0.0.1', port: address.port, ca: server.ca, token: server.token };
  });
  await create(others, 'other', {});
  await create(labelled, 'rules', { 'image-detour/rules': 'true' });
});
afterAll(async () => {
  door.close();
  // Other files count what has the label.
  await kubernetes.delete(`/api/v1/namespaces/${namespace}/configmaps`);
});

test.each([
  ['without', 'rules: []\n', false],
  [
    'with',
    'namespaceRules: { to: [m.example], namespaces: { include: [at-rest-*] } }\nrules: []\n',
    true,
  ],
])(
  '%s rules of namespaces, a replica at rest reads one Secret every 10 seconds, on a connection that it keeps',
  async (word, rules, namespaceRules) => {
    const replica = await startReplica({
      kubernetes,
      api,
      namespace,
      name: `at-rest-${word}`,
      rules: `version: 1\n${rules}`,
      namespaceRules,
    });
    await sleep(3_000);
    const [sent, opened] = [requests, connections];
    await sleep(quietSeconds * 1_000);
    const figures = [(requests - sent) * (60 / quietSeconds), connections - opened];
    console.log(
      `${others + labelled} ConfigMaps, ${labelled} labelled, ${word} rules of namespaces: ${figures[0]} requests and ${figures[1]} new connections a minute`,
    );
    // Its interval varies by a tenth.
    expect(requests - sent).toBeGreaterThan(0);
    expect(requests - sent).toBeLessThanOrEqual(Math.ceil(quietSeconds / 9));
    expect(connections).toBe(opened);
    await replica.stop();
  },
);

async function create(count: number, name: string, labels: object): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < count) {
      await kubernetes.create(`/api/v1/namespaces/${namespace}/configmaps`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `${name}-${next++}`, labels },
        data: { 'detour.yaml': 'version: 1\nrules: []\n' },
      } as KubernetesObject);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
}
