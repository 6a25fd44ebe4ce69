const { request } = require('node:https');
const { ADDRESS, HOST, IMAGE, CA } = require('node:process').env;
const review = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'helm-test',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    namespace: 'default',
    operation: 'CREATE',
    object: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'helm-test' },
      spec: { containers: [{ name: 'test', image: IMAGE }] },
    },
  },
};

function check(text) {
  const { response } = JSON.parse(text);
  if (response?.uid !== 'helm-test' || response.allowed !== true) throw new Error(text);
  if (response.patch === undefined)
    throw new Error(`no rule rewrites ${IMAGE}; set test.image to one that yours do`);
  const patch = Buffer.from(response.patch, 'base64').toString();
  const { value } = JSON.parse(patch).find(({ path }) => path === '/spec/containers/0/image');
  process.stdout.write(`${IMAGE} becomes ${value}\n`);
}

const outgoing = request(
  {
    host: ADDRESS,
    servername: HOST,
    ca: CA,
    method: 'POST',
    path: '/mutate',
    headers: { 'content-type': 'application/json' },
    timeout: 5000,
  },
  async (incoming) => check(Buffer.concat(await incoming.toArray()).toString()),
);
outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 5 s')));
outgoing.end(JSON.stringify(review));
