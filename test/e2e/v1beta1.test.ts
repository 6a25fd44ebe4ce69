import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { buildOnce } from '../rig/build-once.ts';
import { runWebhookCommand } from '../rig/registration.ts';
import { answerReview } from '../support/answer-review.ts';
import { fixtures, readFixture } from '../support/lambda-events.ts';

/*
 * No kube-apiserver that still serves v1beta1 can be built from its module. The published types of
 * the releases that added a field, and of 1.21, the last with v1beta1, say what such a server
 * reads.
 */

interface Release {
  readonly kubernetes: string;
  /** Of k8s.io/api; before 0.15 its releases have no versions of their own. */
  readonly api: string;
  /** Of k8s.io/apimachinery: 0.15 is the first that names the modules it needs. */
  readonly apimachinery: string;
  /** The versions whose configuration it must read. */
  readonly reads: readonly string[];
  readonly refuses: string;
}

const releases: readonly Release[] = [
  {
    kubernetes: '1.9',
    api: 'v0.0.0-20171214033149-af4bc157c3a2',
    apimachinery: 'v0.15.12',
    reads: ['1.9', '1.10', '1.11'],
    refuses: '1.12',
  },
  {
    kubernetes: '1.12',
    api: 'v0.0.0-20181004124137-fd83cbc87e76',
    apimachinery: 'v0.15.12',
    reads: ['1.12', '1.13'],
    refuses: '1.14',
  },
  {
    kubernetes: '1.14',
    api: 'v0.0.0-20190313235455-40a48860b5ab',
    apimachinery: 'v0.15.12',
    reads: ['1.14'],
    refuses: '1.15',
  },
  {
    kubernetes: '1.15',
    api: 'v0.15.12',
    apimachinery: 'v0.15.12',
    reads: ['1.15'],
    refuses: '1.36',
  },
  {
    kubernetes: '1.21',
    api: 'v0.21.14',
    apimachinery: 'v0.21.14',
    reads: ['1.9', '1.12', '1.14', '1.15'],
    refuses: '1.36',
  },
];

function readerFor({ kubernetes, api, apimachinery }: Release): string {
  return buildOnce('test/e2e/build-v1beta1-reader.sh', kubernetes, api, apimachinery);
}

function printedFor(kubernetes: string): string {
  const args = ['--service', 'image-detour/image-detour', '--kubernetes', kubernetes];
  return runWebhookCommand([...args, '--ca-bundle', 'test/e2e/v1beta1/ca.pem']);
}

describe.each(releases)('the types of Kubernetes $kubernetes', (release) => {
  const read = (kind: string, text: string) =>
    spawnSync(readerFor(release), [kind], { input: text, encoding: 'utf8' }).stderr;

  test.each(release.reads)('accept what is printed for %s', (kubernetes) => {
    const text = printedFor(kubernetes);
    expect(text).toContain('apiVersion: admissionregistration.k8s.io/v1beta1\n');
    expect(read('MutatingWebhookConfiguration', text)).toBe('');
  });

  test(`refuse what is printed for ${release.refuses}`, () => {
    const text = printedFor(release.refuses);
    expect(read('MutatingWebhookConfiguration', text)).toContain('unknown field');
  });

  const isRead = release.reads.includes('1.15');
  test(`${isRead ? 'accept' : 'refuse'} webhook/mutating-webhook-v1beta1.yaml`, () => {
    const text = readFileSync('webhook/mutating-webhook-v1beta1.yaml', 'utf8');
    const problem = read('MutatingWebhookConfiguration', text);
    if (isRead) expect(problem).toBe('');
    else expect(problem).toContain('unknown field');
  });

  const { ruleSet } = loadRules(defaultRulesText);
  const reviews = fixtures
    .map((name) => [name, readFixture(name)] as const)
    .filter(([, body]) => body.includes('admission.k8s.io/v1beta1'));

  test.each(reviews)('accept the answer to %s', (_, body) => {
    const answer = answerReview(body, ruleSet as RuleSet);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body).apiVersion).toBe('admission.k8s.io/v1beta1');
    expect(read('AdmissionReview', answer.body)).toBe('');
  });
});
