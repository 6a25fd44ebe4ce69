import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { send, startTestServer, type TestServer } from '../../test/support/test-server.ts';
import { maxBodySize } from './body-error.ts';
import { fixedCertificate } from './following/certificate.ts';

const { review } = JSON.parse(
  readFileSync('test/fixtures/admission-reviews/001-v1-CREATE-pods.json', 'utf8'),
);
const body = JSON.stringify(review);

let server: TestServer;
afterEach(async () => {
  await server.stop(0);
  server.agent.destroy();
});

function metric(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return Number(line?.split(' ').at(-1));
}

describe("Gatekeeper's external data", () => {
  const ask = JSON.stringify({
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys: ['k8s.gcr.io/coredns:1.3.1'] },
  });
  const json = { 'content-type': 'application/json' };

  test('is not answered where nobody asked for it', async () => {
    server = await startTestServer();
    const { status, body: answer } = await server.post(ask, json, '/external-data');
    expect([status, answer]).toEqual([404, 'admission reviews are answered at /mutate\n']);
  });

  test('is answered beside reviews, counted, logged, and refused as they are', async () => {
    server = await startTestServer({ externalData: true });
    const { status, headers, body: answer } = await server.post(ask, json, '/external-data');
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    const to =
      '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn/gcr/google_containers/coredns:1.3.1';
    expect(JSON.parse(answer).response.items).toEqual([
      { key: 'k8s.gcr.io/coredns:1.3.1', value: to },
    ]);
    expect(server.lines.find(({ msg }) => msg === 'rewrote')).toMatchObject({
      images: [{ from: 'k8s.gcr.io/coredns:1.3.1', to, rule: 'k8s.gcr.io' }],
    });
    const metrics = (await server.get('/metrics')).body;
    expect(
      metric(metrics, 'detour_decisions_total{action="rewrite",reason="rule",rule="k8s.gcr.io"}'),
    ).toBe(1);
    expect((await server.post(body)).status).toBe(200);
    expect((await server.post(body, json, '/external-data')).status).toBe(400);
    expect((await server.post(ask, {}, '/external-data')).status).toBe(415);
    expect((await server.post(ask, json, '/external')).body).toBe(
      "admission reviews are answered at /mutate, Gatekeeper's external data at /external-data\n",
    );
    expect((await server.post(' '.repeat(maxBodySize + 1), json, '/external-data')).status).toBe(
      413,
    );
  });
});

test('answers a review, logs it, counts it', async () => {
  server = await startTestServer();
  const {
    status,
    headers,
    body: answer,
  } = await server.post(body, undefined, '/mutate?timeout=3s');
  expect([status, headers['content-type']]).toEqual([200, 'application/json']);
  expect(JSON.parse(answer).response).toMatchObject({
    uid: review.request.uid,
    allowed: true,
    patchType: 'JSONPatch',
  });
  const to =
    '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn/gcr/google_containers/coredns:1.3.1';
  expect(server.lines.find(({ msg }) => msg === 'rewrote')).toMatchObject({
    uid: review.request.uid,
    namespace: 'default',
    name: 'test',
    images: [{ at: 'c/test', from: 'k8s.gcr.io/coredns:1.3.1', to, rule: 'k8s.gcr.io' }],
  });
  const metrics = (await server.get('/metrics')).body;
  expect(
    metric(metrics, 'detour_decisions_total{action="rewrite",reason="rule",rule="k8s.gcr.io"}'),
  ).toBe(1);
  expect(metric(metrics, 'detour_admission_duration_seconds_count')).toBe(1);
  expect(metric(metrics, 'detour_in_flight_requests')).toBe(0);
  expect(metric(metrics, 'detour_build_info{version="test"}')).toBe(1);
  expect(metric(metrics, 'detour_rules_valid')).toBe(1);
  expect(metric(metrics, 'detour_certificate_not_after_timestamp_seconds')).toBeGreaterThan(
    Date.now() / 1000,
  );
});

test('every refusal has its status and says why', async () => {
  server = await startTestServer();
  const json = { 'content-type': 'application/json' };
  const refusals = [
    await server.post('{', json),
    await server.post('', json),
    await server.post(body, json, '/elsewhere'),
    await send(httpsRequest(server.url, { method: 'GET', agent: server.agent })),
    await send(httpsRequest(server.url, { method: 'PUT', agent: server.agent }), body),
    await server.post(body, {}),
    await server.post(body, { 'content-type': 'text/plain' }),
    await server.post(body, { 'content-type': 'application/jsonx' }),
    await server.post(body, { ...json, __proto__: 'x' } as Record<string, string>),
  ];
  expect(
    refusals.map(({ status, body: text }) => `${status} ${text.trim()}`),
  ).toMatchInlineSnapshot(`
    [
      "400 the body is not JSON: unexpected end at offset 1",
      "400 the body is not JSON: unexpected end at offset 0",
      "404 admission reviews are answered at /mutate",
      "405 send an AdmissionReview with POST",
      "405 send an AdmissionReview with POST",
      "415 the Content-Type must be application/json",
      "415 the Content-Type must be application/json",
      "415 the Content-Type must be application/json",
      "200 {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"68479db4-1e6b-4672-92eb-2a327497c1b9","allowed":true,"patchType":"JSONPatch","patch":"W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9zcGVjL2NvbnRhaW5lcnMvMC9pbWFnZSIsInZhbHVlIjoiMDQ4OTEyMDYwOTEwLmRrci5lY3IuY24tbm9ydGh3ZXN0LTEuYW1hem9uYXdzLmNvbS5jbi9nY3IvZ29vZ2xlX2NvbnRhaW5lcnMvY29yZWRuczoxLjMuMSJ9XQ=="}}",
    ]
  `);
  for (const { headers } of refusals) expect(headers.location).toBeUndefined();
  expect(refusals[3]?.headers.allow).toBe('POST');
  const { body: metrics } = await server.get('/metrics');
  expect(metric(metrics, 'detour_requests_refused_total{status="415"}')).toBe(3);
  expect(
    (await server.post(body, { 'content-type': 'Application/JSON; charset=utf-8' })).status,
  ).toBe(200);
});

describe('large bodies', () => {
  const filler = (size: number) => `${body.slice(0, -1)},"filler":"${'x'.repeat(size)}"}`;

  test('of 16.8 MB, many at once, are all answered', async () => {
    // A sender is late after a second. Other work on the machine must not make these senders late,
    // so the clock goes on by a millisecond in each turn of the event loop.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const clock = setInterval(() => vi.advanceTimersByTime(1), 1);
    server = await startTestServer();
    const bodies = Array.from({ length: 6 }, () => server.post(filler(16.8e6)));
    const answers = await Promise.all(bodies).finally(() => {
      clearInterval(clock);
      // What still waits would wait forever in a worker that runs other tests.
      vi.advanceTimersByTime(1_000);
      vi.useRealTimers();
    });
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
  });

  test('beyond the limit are refused, declared or chunked', async () => {
    server = await startTestServer();
    const open = (headers: Record<string, string | number>) =>
      httpsRequest(server.url, {
        method: 'POST',
        agent: new Agent({ ca: server.agent.options.ca as string }),
        headers: { 'content-type': 'application/json', ...headers },
      });
    const declared = open({ 'content-length': maxBodySize + 1 });
    declared.write('{');
    const answer = new Promise((resolve, reject) =>
      declared.once('response', ({ statusCode }) => resolve(statusCode)).once('error', reject),
    );
    declared.flushHeaders();
    expect(await answer).toBe(413);
    declared.destroy();
    const chunked = open({ 'transfer-encoding': 'chunked' });
    expect((await send(chunked, Buffer.alloc(maxBodySize + 1, ' '))).status).toBe(413);
  });

  test('that do not arrive before the deadline are given up', async () => {
    server = await startTestServer();
    const slow = httpsRequest(`${server.url}?timeout=1s`, {
      method: 'POST',
      agent: server.agent,
      headers: { 'content-type': 'application/json', 'content-length': 3e6 },
    });
    slow.write(Buffer.alloc(2e6, ' '));
    const status = await new Promise((resolve, reject) =>
      slow.once('response', ({ statusCode }) => resolve(statusCode)).once('error', reject),
    );
    expect(status).toBe(503);
    slow.destroy();
  });
});

test('speaks HTTP/1.1 only, and not below TLS 1.2', async () => {
  server = await startTestServer();
  const { port } = new URL(server.url);
  const ca = server.agent.options.ca as string;
  const socket = tlsConnect({
    port: Number(port),
    host: '127.0.0.1',
    servername: 'localhost',
    ca,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  await new Promise((resolve, reject) =>
    socket.once('secureConnect', resolve).once('error', reject),
  );
  expect(socket.alpnProtocol).toBe('http/1.1');
  socket.destroy();
  const old = tlsConnect({
    port: Number(port),
    host: '127.0.0.1',
    servername: 'localhost',
    ca,
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
  });
  await expect(
    new Promise((resolve, reject) => old.once('secureConnect', resolve).once('error', reject)),
  ).rejects.toThrow();
});

test('a client that speaks no TLS, or no HTTP, harms nobody', async () => {
  server = await startTestServer();
  const { port } = new URL(server.url);
  const plain = connect(Number(port), '127.0.0.1');
  plain.on('error', () => undefined).end('GET / HTTP/1.1\r\n\r\n');
  const junk = tlsConnect({
    port: Number(port),
    host: '127.0.0.1',
    servername: 'localhost',
    ca: server.agent.options.ca as string,
  });
  junk
    .on('error', () => undefined)
    .resume()
    .end('\0\0\0 nonsense\r\n\r\n');
  await new Promise((resolve) => junk.once('close', resolve));
  expect((await server.post(body)).status).toBe(200);
});

test('health pages', async () => {
  server = await startTestServer();
  const pages = await Promise.all(
    ['/healthz', '/readyz', '/ca.crt', '/nothing'].map((path) => server.get(path)),
  );
  expect(pages.map(({ status, body: text }) => `${status} ${text.split('\n')[0]}`)).toEqual([
    '200 ok',
    '200 ok',
    '200 -----BEGIN CERTIFICATE-----',
    '404 not found: this port serves /healthz, /readyz, /metrics and /ca.crt',
  ]);
});

test('the playground, beside the health and only where it is asked for', async () => {
  server = await startTestServer({ playground: '<h1>playground</h1>' });
  for (const path of ['/playground', '/', '/playground?x']) {
    const answer = await fetch(new URL(path, server.healthUrl));
    expect(await answer.text()).toBe('<h1>playground</h1>');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-encoding': 'gzip',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "frame-ancestors 'none'",
    });
  }
  expect((await server.get('/nothing')).body).toContain('/playground');
});

test('compares the certificate with the clock that its source names', async () => {
  const day = 24 * 60 * 60 * 1000;
  const notAfter = new Date(Date.now() - 10 * day);
  const source = fixedCertificate({ ...(await pairOf()), notAfter });
  server = await startTestServer({
    certificate: async (...args) => ({
      ...(await source(...args)),
      now: () => Date.now() - 40 * day,
    }),
  });
  expect((await server.get('/readyz')).status).toBe(200);
});

test('is not ready with an expired certificate', async () => {
  const started = await startTestServer();
  await started.stop(0);
  const { cert, key } = await pairOf();
  server = await startTestServer({
    certificate: fixedCertificate({ cert, key, notAfter: new Date(Date.now() - 1) }),
  });
  expect(await server.get('/readyz')).toMatchObject({
    status: 503,
    body: 'the certificate has expired\n',
  });
});

async function pairOf() {
  const { issueSelfSigned } = await import('../certificate/issue.ts');
  const { certificate: cert, privateKey: key } = await issueSelfSigned(['localhost', '127.0.0.1']);
  return { cert, key };
}

test('a stop fails readiness at once, keeps answering with Connection: close, and ends after the last answer', async () => {
  server = await startTestServer({ drainDelay: 1_000 });
  expect((await server.post(body)).headers.connection).toBe('keep-alive');
  const stopped = server.stop();
  expect((await server.get('/readyz')).status).toBe(503);
  expect((await server.get('/healthz')).status).toBe(200);
  const late = await server.post(body);
  expect([late.status, late.headers.connection]).toEqual([200, 'close']);
  // In flight when the drain ends: the body arrives in two halves.
  const slow = httpsRequest(server.url, {
    method: 'POST',
    agent: server.agent,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  slow.write(body.slice(0, 100));
  const isRefused = () =>
    server.post(body).then(
      () => false,
      () => true,
    );
  await expect.poll(isRefused, { timeout: 30_000 }).toBe(true);
  const answer = await send(slow, body.slice(100));
  expect(answer.status).toBe(200);
  await stopped;
  server = await startTestServer();
});
