import { readdirSync, readFileSync } from 'node:fs';
import jsonpatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { answerReview } from '../../test/support/answer-review.ts';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';

const defaultMirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
const defaults = loadRules(defaultRulesText).ruleSet as RuleSet;

type Json = Record<string, unknown>;
interface Captured {
  readonly review: { apiVersion: string; request: Json & { uid: string; object: Json } };
}

const folder = 'test/fixtures/admission-reviews';
const captured = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({
    name,
    ...(JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as Captured),
  }));

function withRules(more: object, rules?: object[]): RuleSet {
  const { rules: defaultRules, ...file } = defaults.file;
  const { ruleSet, diagnostics } = loadRules(
    JSON.stringify({ ...file, rules: rules ?? defaultRules, ...more }),
  );
  expect(diagnostics).toEqual([]);
  return ruleSet as RuleSet;
}

interface Answer {
  readonly patch: { op: string; path: string; value?: unknown }[];
  readonly response: Json & { allowed: boolean; uid: string; warnings?: string[]; status?: Json };
  readonly apiVersion: string;
}

function answerTo(review: object, ruleSet = defaults): Answer {
  const { status, body } = answerReview(JSON.stringify(review), ruleSet);
  expect(status).toBe(200);
  const { apiVersion, kind, response } = JSON.parse(body);
  expect(kind).toBe('AdmissionReview');
  expect('patch' in response).toBe('patchType' in response);
  const patch =
    response.patch === undefined
      ? []
      : JSON.parse(Buffer.from(response.patch, 'base64').toString());
  return { apiVersion, response, patch };
}

function reviewOf(object: object, request: object = {}) {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u1',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      namespace: 'default',
      object,
      ...request,
    },
  };
}

function podOf(images: Record<string, string>, metadata: object = {}) {
  const containers = Object.entries(images).map(([name, image]) => ({ name, image }));
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'p', ...metadata },
    spec: { containers },
  };
}

/** The object after the patch, by an implementation that refuses what RFC 6902 does not allow. */
function applied(object: object, { patch }: Answer): Json {
  const { newDocument } = jsonpatch.applyPatch(
    structuredClone(object),
    patch as jsonpatch.Operation[],
    true,
  );
  return newDocument as Json;
}

describe('reviews that a real API server sent', () => {
  const expectations: Record<string, string[]> = {
    '001': [`/spec/containers/0/image=${defaultMirror}/gcr/google_containers/coredns:1.3.1`],
    '002': [
      '/spec/containers/0/image=busybox:latest',
      '/metadata/annotations={"image-detour/direct":"c/dt=busybox:latest"}',
    ],
    '003': [],
    '006': [`/spec/ephemeralContainers/0/image=${defaultMirror}/dockerhub/busybox`],
    '007': [`/spec/containers/0/image=${defaultMirror}/gcr/google_containers/coredns:1.3.1`],
    '008': [],
  };
  test.each(captured)('$name', ({ name, review }) => {
    const answer = answerTo(review);
    expect(answer.apiVersion).toBe(review.apiVersion);
    expect(answer.response).toMatchObject({ uid: review.request.uid, allowed: true });
    const operations = answer.patch.map(
      ({ path, value }) => `${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    );
    const expected = expectations[name.slice(0, 3)];
    if (expected === undefined) expect(operations).toMatchSnapshot();
    else expect(operations).toEqual(expected);
    applied(review.request.object, answer);
  });

  test('a dry run gets the same answer', () => {
    const { review } = captured[0] as Captured;
    const dry = { ...review, request: { ...review.request, dryRun: true } };
    expect(answerTo(dry)).toEqual(answerTo(review));
  });

  test('unknown fields stay as they are', () => {
    const { review } = captured[0] as Captured;
    const object = structuredClone(review.request.object);
    Object.assign(object.spec as Json, { newIn2030: { deep: [1, { x: null }] } });
    const after = applied(object, answerTo({ ...review, request: { ...review.request, object } }));
    (after.spec as { containers: { image: string }[] }).containers[0]!.image =
      'k8s.gcr.io/coredns:1.3.1';
    expect(after).toEqual(object);
  });
});

test('every place of an image', () => {
  const spec = {
    containers: [
      { name: 'a', image: 'k8s.gcr.io/a' },
      { name: 'b', image: 'a//b' },
    ],
    initContainers: [{ name: 'i', image: 'quay.io/i', restartPolicy: 'Always' }],
    ephemeralContainers: [{ name: 'e', image: 'e' }],
    volumes: [
      { name: 'x', emptyDir: {} },
      { name: 'v', image: { reference: 'gcr.io/v:1' } },
    ],
  };
  expect(answerTo(reviewOf({ metadata: {}, spec })).patch).toEqual([
    {
      op: 'replace',
      path: '/spec/containers/0/image',
      value: `${defaultMirror}/gcr/google_containers/a`,
    },
    { op: 'replace', path: '/spec/initContainers/0/image', value: `${defaultMirror}/quay/i` },
    {
      op: 'replace',
      path: '/spec/ephemeralContainers/0/image',
      value: `${defaultMirror}/dockerhub/e`,
    },
    { op: 'replace', path: '/spec/volumes/1/image/reference', value: `${defaultMirror}/gcr/v:1` },
  ]);
});

describe('on UPDATE', () => {
  const update = (before: object, after: object) =>
    answerTo(reviewOf(after, { operation: 'UPDATE', oldObject: before }));

  test('what has not changed is left alone, what has is decided', () => {
    const { patch } = update(
      podOf({ a: 'busybox', b: 'quay.io/b:1' }),
      podOf({ a: 'busybox', b: 'quay.io/b:2' }),
    );
    expect(patch).toEqual([
      { op: 'replace', path: '/spec/containers/1/image', value: `${defaultMirror}/quay/b:2` },
    ]);
  });
  test('a container is known by its name, not by its place', () => {
    expect(
      update(podOf({ a: 'busybox', b: 'nginx' }), podOf({ b: 'nginx', a: 'busybox' })).patch,
    ).toEqual([]);
    expect(
      update(podOf({ a: 'busybox', b: 'nginx' }), podOf({ a: 'nginx', b: 'busybox' })).patch,
    ).toHaveLength(2);
  });
  test('without the old object nothing is decided', () => {
    expect(answerTo(reviewOf(podOf({ a: 'busybox' }), { operation: 'UPDATE' })).patch).toEqual([]);
  });
  test.each(['DELETE', 'CONNECT', '', 5])('on %j nothing is decided', (operation) => {
    expect(answerTo(reviewOf(podOf({ a: 'busybox' }), { operation })).patch).toEqual([]);
  });
});

describe('a bypass', () => {
  const direct = 'image-detour/direct';

  test('still applies if the same request comes again, and through every later update', () => {
    const pod = podOf({ a: 'direct.to/busybox', b: 'busybox' }, { annotations: { other: 'x' } });
    const first = applied(pod, answerTo(reviewOf(pod)));
    expect(first.metadata).toMatchObject({ annotations: { other: 'x', [direct]: 'c/a=busybox' } });
    expect(answerTo(reviewOf(first)).patch).toEqual([]);
    const labelled = { ...first, metadata: { ...(first.metadata as Json), labels: { x: 'y' } } };
    expect(answerTo(reviewOf(labelled, { operation: 'UPDATE', oldObject: first })).patch).toEqual(
      [],
    );
  });
  test('adds to the mark of an earlier one, and drops what is another image by now', () => {
    const pod = podOf(
      { a: 'busybox', b: 'direct.to/nginx', c: 'other' },
      { annotations: { [direct]: 'c/a=busybox c/c=gone' } },
    );
    expect(answerTo(reviewOf(pod)).patch).toContainEqual({
      op: 'add',
      path: '/metadata/annotations/image-detour~1direct',
      value: 'c/a=busybox c/b=nginx',
    });
  });
  test('leaves no mark when its image has gone', () => {
    const before = podOf({ a: 'busybox' }, { annotations: { [direct]: 'c/a=busybox' } });
    const after = podOf({ a: 'quay.io/x' }, { annotations: { [direct]: 'c/a=busybox' } });
    const { patch } = answerTo(reviewOf(after, { operation: 'UPDATE', oldObject: before }));
    expect(patch).toContainEqual({
      op: 'remove',
      path: '/metadata/annotations/image-detour~1direct',
    });
  });
  test('without metadata to mark writes no operation that would not apply', () => {
    const pod = { spec: podOf({ a: 'direct.to/busybox' }).spec };
    applied(pod, answerTo(reviewOf(pod)));
  });
});

describe('Pods that are left alone', () => {
  test('static ones', () => {
    const pod = podOf({ a: 'busybox' }, { annotations: { 'kubernetes.io/config.mirror': 'x' } });
    expect(answerTo(reviewOf(pod)).patch).toEqual([]);
  });
  test.each([
    ['true', 0],
    ['a', 1],
    ['b, c', 1],
    ['a,b', 0],
    ['a b', 0],
    ['false', 2],
    ['', 2],
  ])('by their annotation %j: %i rewritten', (value, count) => {
    const pod = podOf(
      { a: 'busybox', b: 'nginx' },
      { annotations: { 'image-detour/bypass': value } },
    );
    expect(answerTo(reviewOf(pod)).patch).toHaveLength(count);
  });
  test.each([
    [{ owners: ['Cluster'] }, 0],
    [{ owners: ['Cluster.postgresql.cnpg.io'] }, 0],
    [{ owners: ['*.cnpg.io'] }, 0],
    [{ owners: ['cluster'] }, 1],
    [{ owners: ['ReplicaSet'] }, 1],
    [{ labels: { app: 'db-*' } }, 0],
    [{ labels: { app: 'web' } }, 1],
    [{ labels: { constructor: '*' } }, 1],
    [{ labels: { app: ['web', 'db-*'] } }, 0],
    [{ labels: { app: ['web', 'api'] } }, 1],
    [{ annotations: { 'example.com/raw': 'true' } }, 0],
    [{ annotations: { 'example.com/raw': ['yes', 't*'] } }, 0],
    [{ annotations: { 'example.com/raw': 'yes' } }, 1],
    [{ annotations: { 'example.com/other': '*' } }, 1],
    [{ annotations: { constructor: '*', __proto__: '*' } }, 1],
    [{ annotations: { app: '*' }, labels: { 'example.com/raw': '*' } }, 1],
    [{}, 1],
  ])('by skip %j: %i rewritten', (skip, count) => {
    const ownerReferences = [{ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', name: 'c' }];
    const annotations = { 'example.com/raw': 'true', 'example.com/note': 'other' };
    const pod = podOf({ a: 'busybox' }, { ownerReferences, labels: { app: 'db-1' }, annotations });
    expect(answerTo(reviewOf(pod), withRules({ skip })).patch).toHaveLength(count);
  });
  test.each([
    [{ exclude: ['kube-*'] }, 'kube-system', 0],
    [{ exclude: ['kube-*'] }, 'default', 1],
    [{ include: ['a'] }, 'b', 0],
  ])('by namespaces %j in %s: %i rewritten', (namespaces, namespace, count) => {
    expect(
      answerTo(reviewOf(podOf({ a: 'busybox' }), { namespace }), withRules({ namespaces })).patch,
    ).toHaveLength(count);
  });
  test('that are no Pods', () => {
    expect(
      answerTo(reviewOf(podOf({ a: 'busybox' }), { kind: { kind: 'Deployment' } })).patch,
    ).toEqual([]);
  });
});

describe('images that are never pulled', () => {
  const spec = {
    containers: [
      { name: 'a', image: 'busybox', imagePullPolicy: 'Never' },
      { name: 'b', image: 'busybox', imagePullPolicy: 'IfNotPresent' },
    ],
    initContainers: [{ name: 'c', image: 'direct.to/busybox', imagePullPolicy: 'Never' }],
    volumes: [
      { name: 'd', image: { reference: 'busybox', pullPolicy: 'Never' } },
      { name: 'e', image: { reference: 'busybox', pullPolicy: 'Always' } },
    ],
  };

  test('are kept', () => {
    const { patch } = answerTo(reviewOf({ metadata: { name: 'p' }, spec }));
    const paths = patch.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(['/spec/containers/1/image', '/spec/volumes/1/image/reference']);
  });
  test('are not denied either', () => {
    const rules = withRules({
      rules: [{ from: '*', deny: 'no' }],
      bypass: false,
      exits: 'none',
    });
    const only = { containers: spec.containers.slice(0, 1), volumes: spec.volumes.slice(0, 1) };
    const answer = answerTo(reviewOf({ metadata: { name: 'p' }, spec: only }), rules);
    expect(answer).toMatchObject({ response: { allowed: true }, patch: [] });
  });
});

describe('annotate', () => {
  const ruleSet = withRules({ annotate: true });
  const originals = 'image-detour/original-images';
  test('an annotation that is not a text, which no API server sends, is left as it is', () => {
    const pod = podOf({ a: 'busybox' }, { annotations: { [originals]: { toString: 1 } } });
    expect(answerTo(reviewOf(pod), ruleSet).patch).toHaveLength(1);
  });
  const read = (object: Json) =>
    JSON.parse(
      (object.metadata as { annotations: Record<string, string> }).annotations[originals] ?? 'null',
    );

  test('keeps the originals of what was rewritten', () => {
    const pod = podOf(
      { a: 'busybox', b: 'unknown.example/x', c: 'direct.to/nginx' },
      { annotations: { other: 'x' } },
    );
    const first = applied(pod, answerTo(reviewOf(pod)));
    expect((first.metadata as Json).annotations).not.toHaveProperty(originals);
    const after = applied(pod, answerTo(reviewOf(pod), ruleSet));
    expect(read(after)).toEqual({ a: 'busybox', c: 'direct.to/nginx' });
    expect(after.metadata).toMatchObject({ annotations: { other: 'x' } });
    expect(answerTo(reviewOf(after), ruleSet).patch).toEqual([]);
  });
  test('adds a container, tells volumes apart, and replaces nothing that is not its own', () => {
    const spec = {
      containers: [{ name: 'v', image: 'busybox' }],
      volumes: [{ name: 'v', image: { reference: 'nginx' } }],
    };
    const pod = { metadata: { annotations: { [originals]: '{"old":"x"}' } }, spec };
    expect(read(applied(pod, answerTo(reviewOf(pod), ruleSet)))).toEqual({
      old: 'x',
      v: 'busybox',
      'volumes/v': 'nginx',
    });
    const foreign = podOf({ a: 'busybox' }, { annotations: { [originals]: 'not ours' } });
    expect(answerTo(reviewOf(foreign), ruleSet).patch).toHaveLength(1);
  });
});

test('warn tells kubectl users, up to a point', () => {
  const images = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`c${index}`, `busybox:${index}`]),
  );
  const { warnings } = answerTo(reviewOf(podOf(images)), withRules({ warn: true })).response;
  expect(warnings).toHaveLength(11);
  expect(warnings?.[0]).toBe(
    `image-detour: c/c0: busybox:0 is pulled as ${defaultMirror}/dockerhub/busybox:0`,
  );
  expect(warnings?.[10]).toBe('image-detour: and 2 more');
  expect(
    answerTo(reviewOf(podOf({ a: 'unknown.example/x' })), withRules({ warn: true })).response,
  ).not.toHaveProperty('warnings');
});

test('a deny rule refuses the Pod with its message, and patches nothing', () => {
  const { response, patch } = answerTo(
    reviewOf(podOf({ a: 'quay.io/x', b: 'busybox' })),
    withRules({}, [
      { from: 'quay.io', deny: 'use the mirror' },
      { from: 'docker.io', to: 'm.io' },
    ]),
  );
  expect(response).toMatchObject({
    allowed: false,
    status: { code: 403, message: 'image-detour: c/a quay.io/x: use the mirror' },
  });
  expect(patch).toEqual([]);
});

describe('bodies that are no review', () => {
  test.each([
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['null', 'not a JSON object'],
    ['[]', 'not a JSON object'],
    ['"x"', 'not a JSON object'],
    ['{}', 'not an AdmissionReview'],
    ['{"kind":"AdmissionReview"}', 'apiVersion'],
    ['{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v2"}', 'apiVersion'],
    ['{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}', 'no request'],
    ['{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":[]}', 'no request'],
    ['{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}}', 'no uid'],
    ['{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":5}}', 'no uid'],
  ])('%s', (body, reason) => {
    const result = answerReview(body, defaults);
    expect(result).toMatchObject({ status: 400, decisions: [] });
    expect(result.body).toContain(reason);
  });
});

describe('strange objects are admitted as they are', () => {
  test.each<[string, unknown]>([
    ['null', null],
    ['a string', 'x'],
    ['an array', []],
    ['no spec', { metadata: {} }],
    ['spec null', { spec: null }],
    ['containers an object', { spec: { containers: { 0: { image: 'busybox' } } } }],
    ['containers of nulls', { spec: { containers: [null, 5, 'x', []] } }],
    ['image a number', { spec: { containers: [{ image: 5 }] } }],
    ['image empty', { spec: { containers: [{ image: '' }] } }],
    ['volume image a string', { spec: { volumes: [{ image: 'busybox' }] } }],
    ['labels an array', { metadata: { labels: [1], ownerReferences: {} }, spec: {} }],
  ])('%s', (_, object) => {
    expect(
      answerTo(
        reviewOf(object as object),
        withRules({ skip: { owners: ['*'], labels: { x: '*' } } }),
      ),
    ).toMatchObject({ response: { allowed: true }, patch: [] });
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString'])(
    '%s as name, key, label, annotation',
    (name) => {
      const oddKeys = JSON.parse(`{"${name}":"busybox"}`) as Record<string, string>;
      const odd = podOf(oddKeys, { labels: oddKeys, annotations: oddKeys });
      const answer = answerTo(
        reviewOf(odd),
        withRules({ annotate: true, skip: { labels: { x: '*' } } }),
      );
      expect(answer.patch[0]).toEqual({
        op: 'replace',
        path: '/spec/containers/0/image',
        value: `${defaultMirror}/dockerhub/busybox`,
      });
      expect(answer.patch[1]?.value).toBe(JSON.stringify(oddKeys));
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
  );

  test.each([
    ['lists', `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
    ['mappings', `{"a":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`],
    ['numbers', '{"a":1}'],
    ['more than a Pod has', JSON.stringify({ a: 'x'.repeat(66_000) })],
  ])('an annotation with originals that hold %s is not ours to replace', (_, originals) => {
    const metadata = { annotations: { 'image-detour/original-images': originals } };
    const answer = answerTo(
      reviewOf(podOf({ a: 'busybox' }, metadata)),
      withRules({ annotate: true }),
    );
    expect(answer.patch.map(({ path }) => path)).toEqual(['/spec/containers/0/image']);
  });

  test('a bad escape in an annotation that is not read is no failure', () => {
    const metadata = { annotations: { other: `${'x'.repeat(50_000)}@` } };
    const body = JSON.stringify(reviewOf(podOf({ a: 'direct.to/busybox' }, metadata)));
    const { status, body: answer } = answerReview(body.replace('@', '\\q'), defaults);
    expect(status).toBe(200);
    expect(JSON.parse(atob(JSON.parse(answer).response.patch))).toHaveLength(2);
  });

  test('a uid that no API server gives is refused', () => {
    const body = JSON.stringify(reviewOf(podOf({ a: 'busybox' }), { uid: 'x'.repeat(257) }));
    expect(answerReview(body, defaults).status).toBe(400);
  });

  test('duplicate containers are each decided', () => {
    const spec = {
      containers: [
        { name: 'a', image: 'busybox' },
        { name: 'a', image: 'busybox' },
      ],
    };
    expect(answerTo(reviewOf({ metadata: {}, spec })).patch).toHaveLength(2);
  });

  test('a name that is not ASCII comes through in the mark', () => {
    const { patch } = answerTo(reviewOf(podOf({ ü中: 'direct.to/busybox' })));
    expect(patch[1]?.value).toEqual({ 'image-detour/direct': 'c/ü中=busybox' });
  });
});

describe('where annotations have no room left', () => {
  const limit = 256 * 1024;
  const sizeOf = (object: Json) =>
    Object.entries((object.metadata as { annotations: Record<string, string> }).annotations).reduce(
      (sum, [key, value]) => sum + Buffer.byteLength(key + value),
      0,
    );

  test.each([1, 40, 80, 120, 200, 1000, 100_000])(
    '%i bytes of room are not exceeded, and images are still replaced',
    (room) => {
      const filler = 'é'.repeat((limit - room) / 2 - 10);
      const pod = podOf({ a: 'direct.to/busybox', b: 'nginx' }, { annotations: { filler } });
      const after = applied(pod, answerTo(reviewOf(pod), withRules({ annotate: true })));
      expect(sizeOf(after)).toBeLessThanOrEqual(limit);
      expect(after.spec).toMatchObject({
        containers: [{ image: 'busybox' }, { image: `${defaultMirror}/dockerhub/nginx` }],
      });
      const has = Object.keys((after.metadata as { annotations: object }).annotations);
      expect(has.includes('image-detour/direct')).toBe(room > 15);
      expect(has.includes('image-detour/original-images')).toBe(room > 80);
    },
  );
});
