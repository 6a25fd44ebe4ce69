/**
 * What a MutatingAdmissionPolicy adds to creating a Pod, on a real kube-apiserver: with 10 and with
 * 10,000 rules, for Pods of 1, 5 and 20 containers. Each policy is for a namespace of its own, and
 * the namespaces take turns Pod by Pod: what else the machine does hits all alike.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { parseAllDocuments, stringify } from 'yaml';
import { compileRules } from '../../dist/rules/compile.js';
import { mutatingAdmissionPolicy } from '../../dist/target/map.js';

const rounds = Number(process.argv[2] ?? 300);
const namespaces = { 'no policy': 0, '10 rules': 10, '10,000 rules': 10_000 };
const folder = mkdtempSync(join(tmpdir(), 'image-detour-bench-'));

const { findPrograms, startControlPlane, Kubernetes } = await loadRig();
const { apiServer, stop } = await startControlPlane(folder, findPrograms());
try {
  const kubernetes = new Kubernetes(apiServer);
  const created = await prepare(kubernetes);
  console.log('| containers | namespace | median, ms | 95 %, ms |\n|---|---|---|---|');
  for (const containers of [1, 5, 20]) report(containers, await measure(created, containers));
} finally {
  await stop();
  rmSync(folder, { recursive: true, force: true });
}

/** The rig of the tests is TypeScript, which the oldest Node that we support does not read. */
async function loadRig() {
  const rig = join(import.meta.dirname, '..', '..', 'test', 'e2e', 'rig');
  const outfile = join(folder, 'rig.mjs');
  await build({
    stdin: {
      contents: `export * from './control-plane.ts'; export { Kubernetes } from './kubernetes.ts';`,
      resolveDir: rig,
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    define: { 'import.meta.dirname': JSON.stringify(rig) },
    outfile,
  });
  return await import(pathToFileURL(outfile).href);
}

/** A namespace for each number of rules; gives what creates a Pod in it, without storing it. */
async function prepare(kubernetes) {
  const create = new Map();
  for (const [title, count] of Object.entries(namespaces)) {
    const namespace = await kubernetes.createNamespace('bench');
    const path = `/api/v1/namespaces/${namespace}`;
    await kubernetes.patch(path, { metadata: { labels: { bench: `rules-${count}` } } });
    create.set(title, (pod) => kubernetes.createPod(namespace, pod, { dryRun: true }));
    if (count === 0) continue;
    apply(policyOf(count));
    await untilRewritten(create.get(title), title);
  }
  return create;
}

function policyOf(count) {
  const rules = Array.from({ length: count }, (_, n) => ({
    from: `registry.example/team-${n}/project`,
    to: `mirror.example/registry/team-${n}`,
  }));
  const { ruleSet } = compileRules({ version: 1, rules });
  if (ruleSet === undefined) throw new Error('the rules are not valid');
  /** @type {import('../../dist/target/contract/options.js').TargetOptions} */
  const options = { name: `rules-${count}`, api: 'v1', mirrorOnly: false, mode: 'deny' };
  const [{ text }] = mutatingAdmissionPolicy.compile(ruleSet, options).documents;
  const [policy, binding] = parseAllDocuments(text).map((document) => document.toJS());
  const { namespaceSelector } = policy.spec.matchConstraints;
  namespaceSelector.matchLabels = { bench: `rules-${count}` };
  return [policy, binding].map((each) => stringify(each)).join('---\n');
}

function apply(text) {
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, text);
  const args = ['--kubeconfig', apiServer.kubeconfig, 'apply', '--server-side', '-f', file];
  execFileSync(apiServer.kubectl, args);
}

async function untilRewritten(create, title) {
  for (let attempt = 0; attempt < 300; attempt++) {
    const { spec } = await create(podOf(1));
    if (spec.containers[0].image.startsWith('mirror.example/')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no policy in force for ${title}`);
}

function podOf(containers) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'bench' },
    spec: {
      containers: Array.from({ length: containers }, (_, n) => ({
        name: `c${n}`,
        image: `registry.example/team-${n % 10}/project/app:${n}`,
      })),
    },
  };
}

async function measure(created, containers) {
  const pod = podOf(containers);
  /** @type {Map<string, number[]>} */
  const samples = new Map([...created.keys()].map((title) => [title, []]));
  for (let round = -20; round < rounds; round++) {
    for (const [title, create] of created) {
      const start = performance.now();
      await create(pod);
      if (round >= 0) samples.get(title)?.push(performance.now() - start);
    }
  }
  return samples;
}

function report(containers, samples) {
  const medians = {};
  for (const [title, milliseconds] of samples) {
    const sorted = milliseconds.toSorted((a, b) => a - b);
    const at = (share) => sorted[Math.floor(share * sorted.length)];
    medians[title] = at(0.5);
    console.log(`| ${containers} | ${title} | ${at(0.5).toFixed(2)} | ${at(0.95).toFixed(2)} |`);
  }
  const ratio = medians['10,000 rules'] / medians['10 rules'];
  console.log(`| ${containers} | 10,000 / 10 rules | ${ratio.toFixed(2)} | |`);
}
