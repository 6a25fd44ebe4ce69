/*
 * The load generator: a program of its own, which runs where the cluster's network is. Its only
 * argument is LoadOptions in JSON. It opens admissions at a fixed rate, however long they take,
 * until SIGTERM, and prints a LoadReport.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { reviewBody } from '../../support/admission-review.ts';
import { ApiServer } from './api-server.ts';
import type { LoadOptions, LoadReport } from './report.ts';
import { send } from './send.ts';
import { Tally } from './tally.ts';

interface Configuration {
  readonly webhooks: readonly {
    readonly clientConfig: {
      readonly caBundle: string;
      readonly service: {
        readonly namespace: string;
        readonly name: string;
        readonly port: number;
        readonly path: string;
      };
    };
  }[];
}

interface Pod {
  readonly spec: { readonly containers: readonly [{ readonly image: string }] };
}

const options = JSON.parse(process.argv[2] ?? '') as LoadOptions;
const apiServer = new ApiServer(options.kubeconfig);
const admissions = new Tally(options.image);
const fresh = new Tally(options.image);
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { generateName: 'load-', namespace: options.namespace },
  spec: { containers: [{ name: 'app', image: options.image }] },
} as const;

/** Creates a Pod (server dry run) and gives its image. */
async function admit(): Promise<string> {
  const path = `/api/v1/namespaces/${options.namespace}/pods?dryRun=All`;
  const { status, body } = await apiServer.ask('POST', path, pod);
  if (status !== 201) throw new Error(`${status} ${messageOf(body)}`);
  return imageOf(JSON.parse(body) as Pod);
}

/**
 * Asks the webhook itself, as kube-apiserver does whose connections have all been closed, and gives
 * the image.
 */
async function admitOnFreshConnection(): Promise<string> {
  const { clientConfig } = await configuration();
  const { namespace, name, port, path } = clientConfig.service;
  const uid = randomUUID();
  const { status, body } = await send(
    {
      host: await clusterAddress(namespace, name),
      servername: `${name}.${namespace}.svc`,
      ca: Buffer.from(clientConfig.caBundle, 'base64'),
      agent: false,
      port,
      path: `${path}?timeout=3s`,
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      // A machine that is busy with other things is not what is tested; what is lost is refused or
      // reset.
      signal: AbortSignal.timeout(30_000),
    },
    review(uid),
  );
  if (status !== 200) throw new Error(`${status} ${body}`);
  return imageOfAnswer(body, uid);
}

function review(uid: string): string {
  return reviewBody({
    uid,
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: options.namespace,
    operation: 'CREATE',
    userInfo: {},
    object: pod,
    dryRun: true,
  });
}

function imageOfAnswer(body: string, uid: string): string {
  const { response } = JSON.parse(body) as {
    response: { uid: string; allowed: boolean; patch?: string };
  };
  if (response.uid !== uid || !response.allowed) throw new Error(`answered ${body}`);
  if (response.patch === undefined) return options.image;
  const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString()) as {
    path: string;
    value: string;
  }[];
  const replaced = patch.find(({ path }) => path === '/spec/containers/0/image');
  return replaced?.value ?? options.image;
}

function configuration(): Promise<Configuration['webhooks'][number]> {
  const resource = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  return apiServer
    .get<Configuration>(`${resource}/${options.configuration}`)
    .then(({ webhooks: [webhook] }) => webhook ?? Promise.reject(new Error('no webhook in it')));
}

let address: Promise<string> | undefined;
function clusterAddress(namespace: string, name: string): Promise<string> {
  address ??= apiServer
    .get<{ spec: { clusterIP: string } }>(`/api/v1/namespaces/${namespace}/services/${name}`)
    .then(({ spec }) => spec.clusterIP);
  return address;
}

function imageOf({ spec }: Pod): string {
  return spec.containers[0].image;
}

/** A Status of Kubernetes says it in `message`. */
function messageOf(body: string): string {
  return (JSON.parse(body) as { message?: string }).message ?? body;
}

let ended = false;
process.once('SIGTERM', () => {
  ended = true;
});

const begun = performance.now();
const secondsSince = () => (performance.now() - begun) / 1_000;
const answers: Promise<void>[] = [];
let opened = 0;
while (!ended) {
  while (opened < secondsSince() * options.perSecond) {
    opened++;
    answers.push(admissions.count(admit));
    if (opened % options.freshEvery === 0) answers.push(fresh.count(admitOnFreshConnection));
  }
  await sleep(5);
}
const seconds = Math.round(secondsSince());
await Promise.all(answers);
const report: LoadReport = {
  seconds,
  admissions: admissions.report(),
  fresh: fresh.report(),
  apiServerUnreachable: apiServer.unreachable,
  apiServerMessages: apiServer.messages,
};
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit());
