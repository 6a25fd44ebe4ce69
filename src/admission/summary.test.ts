import { describe, expect, test } from 'vitest';
import { reviewBody } from '../../test/support/admission-review.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { reviewAdmission } from './review.ts';
import { summarizeReview } from './summary.ts';

interface LoggedImage {
  readonly at: string;
  readonly from: string;
  readonly to: string | null;
  readonly rule: string | null;
}

const { ruleSet } = loadRules(`version: 1
rules:
  - from: docker.io
    to: mirror.example/dockerhub
  - from: quay.io
    to: mirror.example/quay
  - from: "*"
    deny: not mirrored
`);

/** What is logged of a review of a new Pod with these images. */
function summaryOf(images: readonly string[]) {
  return summaryOfContainers(images.map((image, index) => ({ name: `c${index}`, image })));
}

function summaryOfContainers(containers: readonly { name: string; image: string }[]) {
  const object = { metadata: { name: 'pod' }, spec: { containers } };
  const request = { uid: 'u', operation: 'CREATE', namespace: 'shop', object };
  const result = reviewAdmission(reviewBody(request), ruleSet as RuleSet);
  const summary = summarizeReview(result);
  return {
    message: summary?.message,
    line: JSON.stringify(summary?.fields),
    ...(summary?.fields as { images: LoggedImage[]; more?: number }),
  };
}

describe('the summary of a review', () => {
  test('names every image of a usual Pod, whole', () => {
    const longest = `${'a'.repeat(63)}.example/${'b/'.repeat(100)}c:${'t'.repeat(128)}@sha256:${'0'.repeat(64)}`;
    const { images, more, message } = summaryOf([
      'quay.io/x',
      longest.replace(/^a+\.example/, 'quay.io'),
    ]);
    expect(message).toBe('rewrote');
    expect(more).toBeUndefined();
    expect(images.map(({ to }) => to)).toEqual([
      'mirror.example/quay/x',
      longest.replace(/^a+\.example/, 'mirror.example/quay'),
    ]);
  });

  test('names ten of 9,999 images, and counts the rest', () => {
    const { images, more, line } = summaryOf(
      Array.from({ length: 9_999 }, (_, i) => `quay.io/x:${i}`),
    );
    expect([images.length, more]).toEqual([10, 9_989]);
    expect(images[9]).toEqual({
      at: 'c/c9',
      from: 'quay.io/x:9',
      to: 'mirror.example/quay/x:9',
      rule: 'quay.io',
    });
    expect(line?.length).toBeLessThan(2_000);
  });

  test('names what is denied first', () => {
    const rewritten = Array.from({ length: 20 }, (_, i) => `quay.io/x:${i}`);
    const { images, more, message } = summaryOf([...rewritten, 'evil.example/x']);
    expect([message, images[0]?.from, images.length, more]).toEqual([
      'denied',
      'evil.example/x',
      10,
      11,
    ]);
  });

  test('cuts an image of 3 MB in its middle, and says how much is left out', () => {
    const { images, line } = summaryOf([`${'a.'.repeat(1_500_000)}com/app:1.0`]);
    expect(images[0]?.from).toMatch(/^a\.a\..*\[2998987 characters left out\].*\.com\/app:1\.0$/);
    expect(line?.length).toBeLessThan(3_000);
  });

  test('cuts names that nobody could store as well', () => {
    const containers = [{ name: 'c'.repeat(2e6), image: 'quay.io/x' }];
    const { line } = summaryOfContainers(containers);
    expect(line).toContain('characters left out');
    expect(line?.length).toBeLessThan(3_000);
  });

  test('says nothing of a review that changed nothing', () => {
    expect(summaryOf(['mirror.example/quay/x']).message).toBe(undefined);
  });
});
