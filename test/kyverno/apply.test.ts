import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { decide } from '../../src/decision/decide.ts';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { defaultSettings } from '../../src/target/contract/options.ts';
import { kyverno } from '../../src/target/kyverno.ts';
import { buildOnce } from '../rig/build-once.ts';
import { image, rulesFile } from '../support/arbitrary-rules.ts';
import { withoutDenials } from '../support/without-denials.ts';

/* Run on demand, for building Kyverno takes long: `npm run suite kyverno`. */

/** Random rules files, each with some hundred images. */
const fileCount = Number(process.env.DETOUR_KYVERNO_FILES ?? 10);
const seed = Number(process.env.DETOUR_SEED ?? Date.now() | 0);

const program = buildOnce('test/kyverno/build-kyverno.sh');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-kyverno-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function rulesOf(text: string): RuleSet {
  const { ruleSet, diagnostics } = loadRules(text);
  if (ruleSet === undefined) throw new Error(JSON.stringify(diagnostics));
  return ruleSet;
}

interface Named {
  readonly metadata: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

/** What Kyverno makes of the objects, by name. */
function apply(ruleSet: RuleSet, objects: readonly object[], api: 'v1' | 'v1beta1' = 'v1') {
  const options = { ...defaultSettings, name: 'x', api };
  const files = { policy: 'policy.yaml', objects: 'objects.yaml', output: 'output.yaml' };
  const [policy, resources, output] = Object.values(files).map((file) => join(folder, file));
  writeFileSync(policy!, kyverno.compile(ruleSet, options).documents[0]?.text ?? '');
  writeFileSync(resources!, objects.map((each) => stringify(each, { lineWidth: 0 })).join('---\n'));
  rmSync(output!, { force: true });
  execFileSync(program, ['apply', policy!, '--resource', resources!, '--output', output!], {
    encoding: 'utf8',
  });
  const made = parseAllDocuments(readFileSync(output!, 'utf8'))
    .map((each) => each.toJS() as Named | null)
    .filter((each) => each !== null);
  return new Map(made.map((each) => [each.metadata.name, each]));
}

const pod = (name: string, namespace: string, images: readonly string[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: { containers: images.map((each, index) => ({ name: `c${index}`, image: each })) },
});

test.each(['v1', 'v1beta1'] as const)(
  'policies.kyverno.io/%s: a Pod is rewritten, a Deployment left to its Pods',
  (api) => {
    const mirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
    const single = pod('p', 'default', ['direct.to/busybox:1', 'quay.io/x']);
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd', namespace: 'default' },
      spec: { selector: {}, template: { spec: single.spec } },
    };
    const made = apply(rulesOf(defaultRulesText), [single, deployment], api);
    expect(made.get('p')).toEqual({
      ...single,
      metadata: { ...single.metadata, annotations: { 'image-detour/direct': 'c/c0=busybox:1' } },
      spec: {
        containers: [
          { name: 'c0', image: 'busybox:1' },
          { name: 'c1', image: `${mirror}/quay/x` },
        ],
      },
    });
    expect(made.get('d')).toEqual(deployment);
  },
);

test('of every image it makes what decide says, of random rules', () => {
  let rewritten = 0;
  const images = fc.array(fc.array(image, { minLength: 8, maxLength: 8 }), {
    minLength: 12,
    maxLength: 12,
  });
  fc.assert(
    fc.property(rulesFile, images, (file, lists) => {
      const ruleSet = rulesOf(JSON.stringify(file));
      const keeping = rulesOf(JSON.stringify(withoutDenials(file)));
      const namespaceOf = (index: number) => (index % 2 === 0 ? 'policy-a1' : 'policy-b1');
      const made = apply(
        ruleSet,
        lists.map((list, index) => pod(`p${index}`, namespaceOf(index), list)),
      );
      for (const [index, list] of lists.entries()) {
        const decisions = list.map((each) =>
          decide(each, keeping, { namespace: namespaceOf(index) }),
        );
        const got = made.get(`p${index}`)?.spec.containers.map((each) => each.image);
        expect(got).toEqual(decisions.map((decision) => decision.image));
        rewritten += decisions.filter(({ action }) => action === 'rewrite').length;
      }
    }),
    { numRuns: fileCount, seed, endOnFailure: true },
  );
  expect(rewritten).toBeGreaterThan(fileCount * 5);
});
