import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { reviewBody } from '../../test/support/admission-review.ts';
import { answerReview } from '../../test/support/answer-review.ts';
import {
  encoded,
  fixture,
  fixtures,
  http,
  malformedEvents,
  readFixture,
  rest,
} from '../../test/support/lambda-events.ts';
import { keepLambdaLog } from '../../test/support/lambda-log.ts';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { handler } from './handler.ts';

const mirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
const ruleSet = loadRules(defaultRulesText).ruleSet as RuleSet;
const { lines, written } = keepLambdaLog();

interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

/** Returns the patch of the answer; empty if there is none. */
async function patchFor(body: string): Promise<PatchOperation[]> {
  const answer = await handler(rest(body));
  expect(answer.statusCode).toBe(200);
  const { patch } = JSON.parse(answer.body).response;
  return patch === undefined ? [] : JSON.parse(Buffer.from(patch, 'base64').toString());
}

/** Returns a review of a Pod with these images. */
const review = (images: readonly unknown[], more: object = {}) => {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  const object = { metadata: { name: 'p' }, spec: { containers } };
  const request = { uid: 'u', kind: { kind: 'Pod' }, operation: 'CREATE', object, ...more };
  return reviewBody(request);
};
/** Returns what an image becomes. */
const becomes = async (image: unknown) =>
  (await patchFor(review([image]))).find(({ path }) => path.endsWith('/image'))?.value ?? image;

test.each(fixtures)('%s is answered as everywhere', async (name) => {
  const body = readFixture(name);
  const expected = answerReview(body, ruleSet);
  for (const event of [rest(body), http(body), encoded(rest(body)), encoded(http(body))]) {
    expect(await handler(event)).toEqual({
      statusCode: 200,
      headers: { 'Content-Type': 'application/json' },
      body: expected.body,
      isBase64Encoded: false,
    });
  }
});

test.each(malformedEvents)('%s is refused', async (_, event, status) => {
  const answer = await handler(event);
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['Content-Type']).toBe('text/plain; charset=utf-8');
  expect(answer.headers.Allow).toBe(status === 405 ? 'POST' : undefined);
  expect(answer.body).toMatch(/^.+\n$/);
  expect(answer.isBase64Encoded).toBe(false);
});

test('what no event can be is answered as well', async () => {
  const event = {
    get httpMethod() {
      throw new Error('no');
    },
  };
  expect(await handler(event)).toMatchObject({ statusCode: 500, body: 'internal error\n' });
});

test('any event has an answer that a gateway takes', async () => {
  const part = fc.oneof(fc.anything(), fc.constantFrom('POST', '{}', fixture('001'), true));
  const event = fc.record(
    { httpMethod: part, requestContext: part, body: part, isBase64Encoded: part },
    { requiredKeys: [] },
  );
  const property = fc.asyncProperty(fc.oneof(event, fc.anything()), async (value) => {
    const { statusCode, headers, body } = await handler(value);
    expect([200, 400, 405, 413]).toContain(statusCode);
    expect(typeof headers['Content-Type']).toBe('string');
    expect(body).not.toBe('');
  });
  await fc.assert(property, { numRuns: 1000 });
});

test('the content type and the path do not matter: gateways rewrite them', async () => {
  const event = { ...rest(fixture('001')), path: '/any', headers: { 'content-type': 'text/x' } };
  expect((await handler(event)).statusCode).toBe(200);
});

test('a review that changes something is one line, without the Pod', async () => {
  await handler(rest(fixture('001')));
  expect(lines()[0]).toEqual({
    level: 'info',
    message: 'rewrote',
    uid: '68479db4-1e6b-4672-92eb-2a327497c1b9',
    namespace: 'default',
    name: 'test',
    operation: 'CREATE',
    images: [
      {
        at: 'c/test',
        from: 'k8s.gcr.io/coredns:1.3.1',
        to: `${mirror}/gcr/google_containers/coredns:1.3.1`,
        rule: 'k8s.gcr.io',
      },
    ],
  });
  expect(written()).not.toContain('managedFields');
});

test('a direct invocation can ask which rules the function holds', async () => {
  const report = await handler({ detour: 'rules' });
  expect(report).toEqual({
    source: 'the template',
    valid: true,
    rules: ruleSet.rules.length,
    sha256: createHash('sha256').update(JSON.stringify(ruleSet.file)).digest('hex'),
    diagnostics: [],
  });
  expect(written()).toBe('');
});

test.each([
  ['REST', rest('{"detour":"rules"}')],
  ['HTTP', http('{"detour":"rules"}')],
  ['with more keys', { ...rest('{}'), detour: 'rules' }],
  ['of another value', { detour: 'environment' }],
])('a caller of the URL cannot ask: %s', async (_, event) => {
  expect(await handler(event)).toMatchObject({ statusCode: 400 });
});

test('a cold start writes one line about its rules, and counts whether they can be used', async () => {
  const start = async (RULES: string) => {
    vi.resetModules();
    vi.stubEnv('RULES', RULES);
    const fresh = await import('./handler.ts');
    vi.unstubAllEnvs();
    return fresh.handler({ detour: 'rules' });
  };
  await start('');
  expect(await start('{')).toMatchObject({ source: 'the template', valid: false });
  const [good, broken, ...others] = lines();
  expect(others).toEqual([]);
  expect(good).toMatchObject({ level: 'info', RulesFailures: 0, FunctionName: 'image-detour' });
  expect(broken).toMatchObject({ level: 'error', RulesFailures: 1 });
  expect(broken.diagnostics).toContain('RULES is not used; the default rules are');
  const [{ Namespace, Metrics }] = broken._aws.CloudWatchMetrics;
  expect([Namespace, Metrics[0].Name]).toEqual(['ImageDetour', 'RulesFailures']);
});

test('metrics are one line a call in the form that CloudWatch reads', async () => {
  await handler(rest(review(['localhost/x', 'busybox'])));
  await handler(null);
  const [, metric, refusal, second] = lines();
  expect(metric).toMatchObject({
    FunctionName: 'image-detour',
    DecisionsRewrite: 1,
    DecisionsKeep: 1,
    DecisionsDeny: 0,
    Refused: 0,
  });
  expect(metric.Duration).toBeGreaterThan(0);
  expect(Math.abs(metric._aws.Timestamp - Date.now())).toBeLessThan(60_000);
  for (const { Metrics, Dimensions } of metric._aws.CloudWatchMetrics) {
    for (const { Name } of Metrics) expect(typeof metric[Name]).toBe('number');
    for (const name of Dimensions.flat()) expect(typeof metric[name]).toBe('string');
  }
  expect(refusal).toEqual({ level: 'warn', message: '400 the event is no HTTP request' });
  expect(second).toMatchObject({ Refused: 1, ColdStart: 0, DecisionsRewrite: 0 });
});

test('only the first call is a cold start', async () => {
  vi.resetModules();
  const fresh = await import('./handler.ts');
  await fresh.handler(null);
  await fresh.handler(null);
  const starts = lines().flatMap((line) => ('ColdStart' in line ? line.ColdStart : []));
  expect(starts).toEqual([1, 0]);
});

test('a body that is not JSON is logged without repeating it', async () => {
  await handler(rest('{"kind":"AdmissionReview","secret\\q":"hunter2"}'));
  await handler(rest('{"kind":"Admission\\qReview hunter2"}'));
  expect(written()).toContain('400 the body is not JSON');
  expect(written()).not.toContain('hunter2');
});

// Faults of the handlers that the project began with. The numbers are those of the issue.

test('fault 9: allowed is a boolean, and the answer is whole JSON', async () => {
  for (const name of fixtures) {
    const { body } = await handler(rest(readFixture(name)));
    expect(JSON.parse(body).response.allowed).toBe(true);
  }
});

test.each([[{}], [{ image: null }], [{ image: 5 }]])(
  'fault 10: a container %j is left alone',
  async (container) => {
    const object = { spec: { containers: [container, { name: 'a', image: 'busybox' }] } };
    const [only, ...others] = await patchFor(review([], { object }));
    expect(only).toMatchObject({ op: 'replace', path: '/spec/containers/1/image' });
    expect(others).toEqual([]);
  },
);

test.each([['x'], [5], [null], [{}]])('fault 10: containers %j are left alone', async (value) => {
  expect(await patchFor(review([], { object: { spec: { containers: value } } }))).toEqual([]);
});

test.each([{ operation: 'DELETE' }, { operation: 'CONNECT' }, { kind: { kind: 'Deployment' } }])(
  'fault 11: nothing is changed for %j',
  async (more) => {
    expect(await patchFor(review(['busybox'], more))).toEqual([]);
  },
);

test('fault 12: images that stay as they are have no operation', async () => {
  const patch = await patchFor(review(['localhost/x', 'busybox', `${mirror}/dockerhub/a`]));
  expect(patch.map(({ path }) => path)).toEqual(['/spec/containers/1/image']);
});

test.each([
  ['005', '/spec/volumes/'],
  ['006', '/spec/ephemeralContainers/'],
])('fault 13: of fixture %s what lies in %s is mirrored', async (number, path) => {
  const patch = await patchFor(fixture(number));
  expect(patch.some((operation) => operation.path.startsWith(path))).toBe(true);
});

test.each([
  ['001', 'admission.k8s.io/v1'],
  ['007', 'admission.k8s.io/v1beta1'],
  ['008', 'admission.k8s.io/v1beta1'],
])('fault 14: fixture %s is answered in %s, with its uid', async (number, apiVersion) => {
  const { uid } = JSON.parse(fixture(number)).request;
  const answer = JSON.parse((await handler(rest(fixture(number)))).body);
  expect(answer).toMatchObject({ apiVersion, response: { uid, allowed: true } });
});

test('fault 15: what came from direct.to stays at its origin', async () => {
  expect(await becomes('direct.to/busybox')).toBe('busybox');
  expect(await becomes('direct.to/gcr.io/a/b:1')).toBe('gcr.io/a/b:1');
  expect(await becomes('direct.to/')).toBe('direct.to/');
  expect(await patchFor(fixture('003'))).toEqual([]);
  const marked = {
    metadata: { annotations: { 'image-detour/direct': 'c/a=busybox' } },
    spec: { containers: [{ name: 'a', image: 'busybox' }] },
  };
  expect(await patchFor(review([], { object: marked }))).toEqual([]);
});

test.each(['localhost/foo', 'localhost:5000/foo', 'myreg:5000/foo:1'])(
  'fault 16: %s is a registry of its own',
  async (image) => {
    expect(await becomes(image)).toBe(image);
  },
);

test.each([
  ['index.docker.io/library/nginx', 'library/nginx'],
  ['registry-1.docker.io/a/b:1', 'a/b:1'],
  ['docker.io/nginx', 'nginx'],
  ['nginx', 'nginx'],
])('fault 17: %s is Docker Hub', async (image, path) => {
  expect(await becomes(image)).toBe(`${mirror}/dockerhub/${path}`);
});

test.each(['NGINX Bad:::img', 'é/中文:1', 'a//b', '', ' nginx', '/nginx'])(
  'fault 19: "%s" is kept, byte for byte',
  async (image) => {
    expect(await becomes(image)).toBe(image);
  },
);

test('fault 20: what a rule wrote no other rule rewrites', async () => {
  const once = await becomes('k8s.gcr.io/pause:3.1');
  expect(await becomes(once)).toBe(once);
});
