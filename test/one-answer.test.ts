import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readInput, tryInput } from '../playground/model/try-input.ts';
import { reviewAdmission } from '../src/admission/review.ts';
import { type Decision, decide } from '../src/decision/decide.ts';
import { denialMessage } from '../src/decision/denial.ts';
import { explain } from '../src/decision/explain.ts';
import { decideLayered } from '../src/decision/layers.ts';
import { loadRules } from '../src/rules/load.ts';
import { loadNamespaceRules, mayAddRules } from '../src/rules/namespace-rules.ts';
import { reviewBody } from './support/admission-review.ts';
import { image, rulesFile } from './support/arbitrary-rules.ts';

const destinations = ['m.example', 'n.example', 'quay.io/m', 'docker.io'];

test('explain, resolve, the playground and the webhook give one answer', () => {
  let decided = 0;
  const images = fc.array(image, { minLength: 5, maxLength: 20 });
  const namespace = fc.constantFrom('team', 'policy-a-1', 'kube-system');
  const property = fc.property(rulesFile, rulesFile, images, namespace, (file, other, list, ns) => {
    const text = JSON.stringify({ ...file, namespaceRules: { to: destinations } });
    const rules = other.rules?.map(({ namespaces, ...rule }) => rule);
    const ownText = JSON.stringify({ version: 1, rules });
    const cluster = loadRules(text).ruleSet;
    if (cluster === undefined) return;
    const own = mayAddRules(cluster, ns) ? loadNamespaceRules(ownText, cluster).ruleSet : undefined;
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'rules', namespace: ns, labels: { 'image-detour/rules': 'true' } },
      data: { 'detour.yaml': ownText },
    };
    const metadata = { name: 'p', namespace: ns };
    const containers = list.map((each, index) => ({ name: `c${index}`, image: each }));
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } };

    const added = new Map(own && [[ns, own]]);
    const request = { uid: 'u', operation: 'CREATE', namespace: ns, object: pod };
    const ofWebhook = reviewAdmission(reviewBody(request), cluster, added).decisions;
    const manifest = readInput(
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [configMap, pod] }),
    );
    const ofPlayground = tryInput(manifest, cluster, 'default').trials;
    const context = { namespace: ns };
    const layers = { cluster, namespace: own };
    const answers = list.map((each) => answerOf(explain(each, cluster, context, own).decision));
    expect(list.map((each) => answerOf(decideLayered(each, layers, context)))).toEqual(answers);
    expect(ofWebhook.map(({ decision }) => answerOf(decision))).toEqual(answers);
    expect(ofPlayground.map(({ decision }) => answerOf(decision))).toEqual(answers);
    decided += list.filter(
      (each, index) => decide(each, cluster, context).image !== answers[index]?.image,
    ).length;
  });
  fc.assert(property, { seed: 1, numRuns: 200 });
  // The rules of the namespace had their say.
  expect(decided).toBeGreaterThan(100);
});

function answerOf(decision: Pick<Decision, 'action' | 'image' | 'rule'> & { reason: string }) {
  const { action, image: becomes, reason } = decision;
  return { action, image: becomes, reason, message: action === 'deny' && denialMessage(decision) };
}
