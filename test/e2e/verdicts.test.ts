import fc from 'fast-check';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { decide } from '../../src/decision/decide.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { validatingAdmissionPolicy } from '../../src/target/vap.ts';
import { type ApiError, Kubernetes } from '../rig/kubernetes.ts';
import { podWith } from '../rig/kubernetes-object.ts';
import { until } from '../rig/process.ts';
import { image, rulesFile } from '../support/arbitrary-rules.ts';
import { inParallel } from './rig/parallel.ts';
import { applyTo, compile, rulesOf } from './rig/policy.ts';

/* What the validating policy refuses, compared with what the webhook decides, for random rules. */

/** Images, each judged under one of the random rule sets. */
const imageCount = Number(process.env.DETOUR_E2E_VERDICTS ?? 400);
const imagesPerFile = 50;
const seed = Number(process.env.DETOUR_E2E_SEED ?? Date.now() | 0);

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
const namespaces: string[] = [];

beforeAll(async () => {
  for (const name of ['policy-a', 'policy-b']) {
    namespaces.push(await kubernetes.createNamespace(name));
  }
});

/** Returns why a Pod with the image is refused; empty if it is not. */
async function refusal(image: string, namespace: string, name = 'x'): Promise<string> {
  return kubernetes.createPod(namespace, podWith(image, name), { dryRun: true }).then(
    () => '',
    ({ message }: ApiError) => message.replace(/^.*denied request: /, ''),
  );
}

/** Returns when the policy is in force, which refuses a Pod called `name`; gives what ends that. */
async function install(ruleSet: RuleSet, name: string): Promise<() => Promise<void>> {
  const [policy, binding] = parseAllDocuments(compile(validatingAdmissionPolicy, ruleSet)).map(
    (document) => document.toJS(),
  );
  const expression = `object.metadata.?name.orValue("") != "${name}"`;
  policy.spec.validations.unshift({ expression, message: 'in force' });
  const text = [policy, binding].map((each) => stringify(each)).join('---\n');
  const isInForce = async () => (await refusal('x', 'default', name)) === 'in force';
  applyTo(server, 'apply', text);
  await until('the policy is in force', isInForce);
  return async () => {
    applyTo(server, 'delete', text);
    await until('the policy is gone', async () => !(await isInForce()));
  };
}

/** Reports whether the rules leave the image as it is; what a Pod's author writes has no effect. */
function isLeft(image: string, { bypass, file }: RuleSet, namespace: string): boolean {
  const { skip: _, ...rest } = file;
  const decision = decide(image, rulesOf({ ...rest, exits: 'none' }), { namespace });
  if (decision.reason === 'namespace') return true;
  const isKept = decision.action === 'keep' && decision.reason === 'rule';
  const carriesBypass = bypass !== '' && image.startsWith(bypass);
  return !carriesBypass && (isKept || decision.reason === 'already-mirrored');
}

test(`random images are refused unless the rules leave them: ${imageCount}`, {
  timeout: 3_600_000,
}, async () => {
  const files = fc.sample(rulesFile, { numRuns: Math.ceil(imageCount / imagesPerFile), seed });
  const images = fc.sample(image, { numRuns: imageCount, seed });
  let uninstall = async () => {};
  onTestFinished(() => uninstall());
  const counts = { left: 0, denied: 0 };
  for (const [round, file] of files.entries()) {
    const ruleSet = rulesOf(file);
    const judged = images.slice(round * imagesPerFile, (round + 1) * imagesPerFile);
    uninstall = await install(ruleSet, `in-force-${round}`);
    const namespaceOf = (index: number) => namespaces[index % 2] ?? '';
    const pairs = judged.map((each, index) => [each, namespaceOf(index)] as const);
    const refusals = await inParallel(pairs, ([each, namespace]) => refusal(each, namespace));
    await uninstall();
    for (const [index, [each, namespace]] of pairs.entries()) {
      const about = `DETOUR_E2E_SEED=${seed}\n${JSON.stringify(file)}\n${namespace}\n${each}`;
      const message = refusals[index] ?? '';
      expect(message === '' || message.startsWith('image-detour: c/app '), message).toBe(true);
      expect(message === '', about).toBe(isLeft(each, ruleSet, namespace));
      if (message === '') counts.left += 1;
      if (message.endsWith(': not here')) counts.denied += 1;
    }
  }
  // Not much would be shown if all were refused.
  expect(counts.left).toBeGreaterThan(imageCount / 100);
  console.log(`${imageCount} images, ${counts.left} left, ${counts.denied} denied by a rule`);
});
