const { spawnSync } = require('node:child_process');
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const { request } = require('node:https');
const {
  NAME,
  NAMESPACE,
  IMAGE,
  LABELS,
  RELEASE_NAMESPACE,
  REGISTRATION,
  MAY_CREATE,
  ...environment
} = require('node:process').env;
const { setTimeout: sleep } = require('node:timers/promises');

const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
const podLabels = JSON.parse(LABELS);
const refused = 'the API server refuses the Pod';
const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const byHand = `kubectl run test --namespace ${NAMESPACE} --image=${IMAGE} --dry-run=server -o yaml`;

run().catch(({ message }) => {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
});

async function run() {
  if (!MAY_CREATE)
    throw new Error(
      `before Kubernetes 1.30 no policy can hold an account to dry runs, so this test has no right to create Pods: run "${byHand}"`,
    );
  const wanted = resolveImage();
  if (wanted === IMAGE)
    throw new Error(
      `no rule rewrites ${IMAGE} in ${NAMESPACE}: set test.image to an image that your rules rewrite`,
    );
  await waitForPolicy();
  const { status, body, warnings } = await createPod(`${NAME}-dry-run`);
  for (const warning of warnings) process.stdout.write(`warning: ${warning}\n`);
  if (status !== 201) throw new Error(`${refused}: ${body.message}`);
  const { image } = body.spec.containers[0];
  if (image === IMAGE) throw new Error(`${IMAGE} is not rewritten: ${await whyNot()}`);
  if (image !== wanted)
    throw new Error(
      `${IMAGE} becomes ${image}, but the rules say ${wanted}: another webhook or policy changed it, rules of ${NAMESPACE} decide, or an edit of the rules is not yet in force`,
    );
  process.stdout.write(`a Pod in ${NAMESPACE} with ${IMAGE} gets ${image}\n`);
}

/** Returns what the rules make of the image. */
function resolveImage() {
  const rules = ['--rules', '/etc/image-detour/rules/detour.yaml'];
  const args = ['/app/detour.mjs', ...rules, 'resolve', '--namespace', NAMESPACE, '--', IMAGE];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  throw new Error(`the rules give ${IMAGE} no name in the mirror: ${stdout}${stderr}`);
}

/** Waits until the policy refuses a Pod with another name, so that nothing but dry runs is allowed. */
async function waitForPolicy() {
  const end = Date.now() + 10_000;
  let last;
  do {
    const { status, body } = await createPod(`${NAME}-of-another-name`);
    last = status === 201 ? 'it admits a Pod that it should refuse' : body.message;
    if (last.includes(`ValidatingAdmissionPolicy '${NAME}'`)) return;
    if (last.includes('failed calling webhook')) break;
    await sleep(500);
  } while (Date.now() < end);
  const isOfTest = /^it admits|cannot create resource/.test(last);
  const whose = isOfTest ? `the policy ${NAME} is not in force after 10 s` : refused;
  throw new Error(`${whose}: ${last}`);
}

function createPod(name) {
  const resources = { cpu: '10m', memory: '16Mi' };
  const container = {
    name: 'test',
    image: IMAGE,
    resources: { requests: resources, limits: resources },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: podLabels },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [container],
    },
  };
  return ask('POST', `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`, pod);
}

/** Returns why the API server did not ask the webhook, and what to do. */
async function whyNot() {
  const log =
    'the log of the API server names the error; see docs/runbook.md, "Pods are not rewritten"';
  if (REGISTRATION === '') return `${log}. You register the webhook yourself (webhook.create)`;
  const group = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  const found = await ask('GET', `${group}/${REGISTRATION}`);
  if (found.status === 404)
    return `there is no MutatingWebhookConfiguration ${REGISTRATION}: run helm upgrade`;
  const { webhooks = [] } = found.body;
  const namespace = await ask('GET', `/api/v1/namespaces/${NAMESPACE}`);
  const { labels = {} } = namespace.body.metadata ?? {};
  const asked = webhooks.filter(({ namespaceSelector }) => selects(namespaceSelector, labels));
  if (asked.length === 0)
    return `the webhook leaves out the namespace ${NAMESPACE} by its name or its labels: set test.namespace to one whose Pods are rewritten`;
  if (!asked.some(({ objectSelector }) => selects(objectSelector, podLabels)))
    return 'webhook.objectSelector does not select the Pod: set test.labels';
  return `the webhook is registered, but the API server did not reach it, or does not trust its certificate: check that kubectl get pods --namespace ${RELEASE_NAMESPACE} shows ready replicas; ${log}`;
}

/** Reports whether a label selector selects these labels. */
function selects({ matchLabels = {}, matchExpressions = [] }, labels) {
  const holds = {
    In: (value, values) => values.includes(value),
    NotIn: (value, values) => !values.includes(value),
    Exists: (value) => value !== undefined,
    DoesNotExist: (value) => value === undefined,
  };
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => holds[operator](labels[key], values))
  );
}

/** Asks the API server, and returns its answer. */
async function ask(method, path, object) {
  const outgoing = request({
    host,
    port,
    ca: readFileSync(`${account}/ca.crt`),
    method,
    path,
    headers: {
      authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8')}`,
      'content-type': 'application/json',
    },
    timeout: 40_000,
  });
  outgoing.once('timeout', () =>
    outgoing.destroy(new Error('no answer from the API server in 40 s')),
  );
  outgoing.end(object && JSON.stringify(object));
  const [incoming] = await once(outgoing, 'response');
  const text = Buffer.concat(await incoming.toArray()).toString();
  const warnings = [incoming.headers.warning ?? []].flat();
  return { status: incoming.statusCode, body: JSON.parse(text), warnings };
}
