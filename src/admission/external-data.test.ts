import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../decision/decide.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { answerExternalData } from './external-data.ts';

const ruleSet = loadRules(`version: 1
namespaces: {include: [team-*]}
rules:
  - {from: docker.io, to: m.example/hub}
  - {from: docker.io/here, to: m.example/here, namespaces: {include: [team-a]}}
  - {from: ghcr.io, deny: ask us}
`).ruleSet as RuleSet;

const apiVersion = 'externaldata.gatekeeper.sh/v1beta1';
const request = (keys: readonly unknown[]) =>
  JSON.stringify({ apiVersion, kind: 'ProviderRequest', request: { keys } });

test('what each image becomes, in the form that Gatekeeper takes', () => {
  const { status, body, decisions } = answerExternalData(
    request(['busybox', 'direct.to/busybox', 'ghcr.io/x', 'quay.io/x', '']),
    ruleSet,
  );
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual({
    apiVersion,
    kind: 'ProviderResponse',
    response: {
      idempotent: true,
      items: [
        { key: 'busybox', value: 'm.example/hub/busybox' },
        { key: 'direct.to/busybox', value: 'busybox' },
        { key: 'ghcr.io/x', error: 'image-detour: ghcr.io/x: ask us' },
        { key: 'quay.io/x', value: 'quay.io/x' },
        { key: '', value: '' },
      ],
      systemError: '',
    },
  });
  expect(decisions.map(({ decision }) => decision.reason)).toEqual([
    'rule',
    'bypass',
    'rule',
    'no-rule',
    'unparsable',
  ]);
});

test('an image whose rule depends on the namespace is left as it is, even where a shorter rule would rewrite it', () => {
  const { body, decisions } = answerExternalData(request(['here/x', 'there/x']), ruleSet);
  expect(JSON.parse(body).response.items).toEqual([
    { key: 'here/x', value: 'here/x' },
    { key: 'there/x', value: 'm.example/hub/there/x' },
  ]);
  expect(decisions[0]?.decision).toMatchObject({ action: 'keep', reason: 'namespace' });
});

test('any text of a key is answered by what decide says of it', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 30 })), (images) => {
      const { items } = JSON.parse(answerExternalData(request(images), ruleSet).body).response;
      const expected = [...new Set(images)].map((image) => ({
        key: image,
        value: decide(image, ruleSet, { namespace: 'team-b' }).image,
      }));
      expect(items).toEqual(JSON.parse(JSON.stringify(expected)));
    }),
  );
});

describe('what is no ProviderRequest is refused with a line that says why', () => {
  test.each([
    ['', 'the body is not JSON'],
    ['{"apiVersion":', 'the body is not JSON'],
    ['[]', 'the body is not a ProviderRequest'],
    [JSON.stringify({ apiVersion, kind: 'ProviderResponse' }), 'the body is not a ProviderRequest'],
    ['{"kind":"ProviderRequest","apiVersion":"v1"}', `the apiVersion is not ${apiVersion}`],
    [request([1]), 'a key is not a string'],
    [request(['x'.repeat(4097)]), 'a key is longer than 4096'],
    [request(Array(1_001).fill('x')), 'there are more than 1000 keys'],
    [request(['\\']).replace('\\\\', '\\x'), 'the body is not JSON'],
  ])('%.60s', (body, message) => {
    const result = answerExternalData(body, ruleSet);
    expect(result).toMatchObject({ status: 400, decisions: [] });
    expect(result.body).toContain(message);
    expect(result.body).not.toContain('\n');
  });
});

test('a key that is asked for many times is answered once, a long message is cut', () => {
  const long = loadRules(`version: 1\nrules: [{from: ghcr.io, deny: ${'x'.repeat(5_000)}}]`);
  const { body, decisions } = answerExternalData(
    request(Array(1_000).fill('ghcr.io/x')),
    long.ruleSet as RuleSet,
  );
  expect(decisions).toHaveLength(1);
  expect(body.length).toBeLessThan(1_000);
});

test('no keys are no items', () => {
  const body = JSON.stringify({ apiVersion, kind: 'ProviderRequest', request: {} });
  expect(JSON.parse(answerExternalData(body, ruleSet).body).response.items).toEqual([]);
});
