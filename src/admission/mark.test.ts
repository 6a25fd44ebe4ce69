import jsonpatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { reviewBody } from '../../test/support/admission-review.ts';
import { answerReview } from '../../test/support/answer-review.ts';
import { markedImages } from '../../test/support/marked-images.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';

const direct = 'image-detour/direct';
const { ruleSet } = loadRules(
  JSON.stringify({ version: 1, rules: [{ from: '*', to: 'mirror.test/${registry}' }] }),
);

interface Pod {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly Container[] };
}

interface Container {
  readonly name: string;
  readonly image: string;
}

/** Returns a new Pod after one round of the webhook. */
function reviewed(object: Pod): Pod {
  const body = reviewBody({ operation: 'CREATE', namespace: 'n', object });
  const { response } = JSON.parse(answerReview(body, ruleSet as RuleSet).body);
  const patch = response.patch === undefined ? [] : JSON.parse(atob(response.patch));
  return jsonpatch.applyPatch(structuredClone(object), patch, true).newDocument;
}

function podWith(mark: string, ...containers: readonly Container[]): Pod {
  return { metadata: { annotations: { [direct]: mark } }, spec: { containers } };
}

const app = (image: string): Container => ({ name: 'app', image });

describe('an image that the mark names', () => {
  test.each(markedImages)('as $marked, and is $image now: still is it: $isStill', (each) => {
    const { marked, image, isStill } = each;
    const pod = podWith(`c/app=${marked}`, app(image));
    const after = reviewed(pod);
    if (isStill) expect(after).toEqual(pod);
    else {
      expect(after.spec.containers[0]?.image).toMatch(/^mirror\.test\//);
      expect(after.metadata.annotations).toEqual({});
    }
  });
});

/** Spells an image as other webhooks do, before or after ours. */
const normalizers: Readonly<Record<string, (image: string) => string>> = {
  'short to long': (image) => (/^[a-z]+(:|@|$)/.test(image) ? `docker.io/library/${image}` : image),
  'a missing tag to latest': (image) => (/:[^/]*$/.test(image) ? image : `${image}:latest`),
  'tag to tag and digest': (image) =>
    image.includes('@') ? image : `${image}@sha256:${'d'.repeat(64)}`,
  'tag to digest': (image) =>
    image.includes('@') ? image : `${image.replace(/:[^/:]*$/, '')}@sha256:${'d'.repeat(64)}`,
};

describe.each(Object.entries(normalizers))('next to a webhook that turns %s', (_, normalize) => {
  const written = [
    'direct.to/busybox',
    'direct.to/busybox:1',
    'direct.to/docker.io/library/busybox:1',
    'direct.to/quay.io/p/app:1',
    'direct.to/direct.to/x:1',
  ];
  const normalized = (pod: Pod): Pod => ({
    ...pod,
    spec: { containers: pod.spec.containers.map((each) => app(normalize(each.image))) },
  });

  test.each(written)('before and after ours, %s stays at its origin', (image) => {
    const origin = image.slice('direct.to/'.length);
    const pod: Pod = { metadata: {}, spec: { containers: [app(image)] } };
    for (const first of [reviewed(pod), reviewed(normalized(pod))]) {
      const again = normalized(first);
      const last = normalized(reviewed(again));
      expect(last).toEqual(again);
      expect(last.spec.containers[0]?.image).toContain(origin.replace(/:1$/, ''));
      expect(last.metadata.annotations?.[direct]).toMatch(/^c\/app=/);
    }
  });
});

test('a mark names a place once: of two entries the first counts', () => {
  const pod = podWith('c/app=busybox c/app=nginx', app('nginx'));
  expect(reviewed(pod).spec.containers[0]?.image).toBe('mirror.test/docker.io/nginx');
});

test('entries that mark nothing go with the next one that does', () => {
  const direct_ = { name: 'direct', image: 'direct.to/nginx' };
  const pod = podWith('x c/gone=a c/app=busybox', app('docker.io/busybox'), direct_);
  expect(reviewed(pod).metadata.annotations?.[direct]).toBe('c/app=busybox c/direct=nginx');
});
