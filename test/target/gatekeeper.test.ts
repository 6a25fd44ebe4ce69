import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { issueSelfSigned } from '../../src/certificate/issue.ts';
import { decide } from '../../src/decision/decide.ts';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { defaultSettings } from '../../src/target/contract/options.ts';
import { gatekeeper } from '../../src/target/gatekeeper.ts';
import { buildOnce } from '../rig/build-once.ts';
import { image, rulesFile } from '../support/arbitrary-rules.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

/** Random rules files, each asked for some hundred images. */
const fileCount = Number(process.env.DETOUR_GATEKEEPER_FILES ?? 20);
const seed = Number(process.env.DETOUR_SEED ?? Date.now() | 0);

const program = buildOnce('test/target/build-gatekeeper.sh');

let folder: string;
/** Gatekeeper's own certificate, which it shows to whom it asks. */
let client: [certificate: string, key: string];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'detour-gatekeeper-'));
  const { certificate, privateKey } = await issueSelfSigned(['gatekeeper']);
  client = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  writeFileSync(client[0], certificate);
  writeFileSync(client[1], privateKey, { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

function rulesOf(text: string): RuleSet {
  const { ruleSet, diagnostics } = loadRules(text);
  if (ruleSet === undefined) throw new Error(JSON.stringify(diagnostics));
  return ruleSet;
}

async function start(ruleSet: RuleSet): Promise<TestServer & { readonly caCertificate: string }> {
  const server = await startTestServer({ externalData: true, rules: { ruleSet, text: '' } });
  return { ...server, caCertificate: (await server.get('/ca.crt')).body };
}

interface Pod {
  readonly metadata: object;
  readonly spec: {
    readonly containers: readonly { readonly image?: string }[];
    readonly [list: string]: unknown;
  };
}

interface Review {
  readonly pod: Pod;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly operation?: 'CREATE' | 'UPDATE';
}

/** What Gatekeeper makes of the Pods, while the server that its Provider names has these rules. */
async function mutate(
  ruleSet: RuleSet,
  reviews: readonly Review[],
  { path = '/external-data', ...change }: { readonly path?: string; readonly url?: string } = {},
): Promise<Pod[]> {
  const server = await start(ruleSet);
  try {
    const { documents } = gatekeeper.compile(ruleSet, {
      ...defaultSettings,
      url: new URL(path, server.url).href,
      caBundle: server.caCertificate,
      ...change,
    });
    const objects = parseAllDocuments(documents[0]?.text ?? '').map((one) => one.toJS());
    return await run({
      objects,
      reviews: reviews.map(({ pod, namespace = 'team-a', labels = {}, operation = 'CREATE' }) => ({
        operation,
        pod,
        namespace: { metadata: { name: namespace, labels } },
      })),
    });
  } finally {
    await server.stop(0);
    server.agent.destroy();
  }
}

/** Not synchronously: the server is in this process. */
async function run(input: object): Promise<Pod[]> {
  const child = spawn(program, client, { stdio: ['pipe', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk) => {
      texts[name] += chunk;
    });
  child.stdin.end(JSON.stringify(input));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(texts.stderr);
  return texts.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Pod);
}

const podOf = (images: readonly string[], more: object = {}): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'team-a' },
    spec: {
      containers: images.map((each, index) => ({ name: `c${index}`, image: each })),
      ...more,
    },
  }) as Pod;

const imagesOf = ({ spec }: Pod) => spec.containers.map((each) => each.image);

const defaults = rulesOf(defaultRulesText);
const mirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';

test('a Pod gets what decide says at every place of an image, and nothing else changes', async () => {
  const volumes = [
    { name: 'e', emptyDir: {} },
    { name: 'v', image: { reference: 'quay.io/v', pullPolicy: 'Always' } },
  ];
  const pod = podOf(['busybox', 'unknown.example/x', 'busybox'], {
    initContainers: [{ name: 'i', image: 'k8s.gcr.io/pause:3.1' }, { name: 'none' }],
    volumes,
  });
  const [plain, mutated] = await mutate(defaults, [{ pod: podOf(['x.example/y']) }, { pod }]);
  expect(plain).toEqual(podOf(['x.example/y']));
  expect(mutated).toEqual(
    podOf([`${mirror}/dockerhub/busybox`, 'unknown.example/x', `${mirror}/dockerhub/busybox`], {
      initContainers: [
        { name: 'i', image: `${mirror}/gcr/google_containers/pause:3.1` },
        { name: 'none' },
      ],
      volumes: [
        volumes[0],
        { name: 'v', image: { reference: `${mirror}/quay/v`, pullPolicy: 'Always' } },
      ],
    }),
  );
});

test('an image taken to its origin stays there, however often Gatekeeper looks, and on updates', async () => {
  const [created] = await mutate(defaults, [{ pod: podOf(['direct.to/busybox:1']) }]);
  expect(imagesOf(created!)).toEqual(['busybox:1']);
  const [updated] = await mutate(defaults, [{ pod: created!, operation: 'UPDATE' }]);
  expect(updated).toEqual(created);
});

test('which Pods are left out', async () => {
  const ruleSet = rulesOf(`version: 1
namespaces: {include: [team-*, '*-x'], exclude: [team-b]}
skip: {labels: {app: operator, tier: [db, cache]}}
rules: [{from: docker.io, to: m.example}]
`);
  const pod = podOf(['busybox']);
  const labelled = (labels: object) => ({ ...pod, metadata: { ...pod.metadata, labels } });
  const optedOut = { 'image-detour': 'disabled' };
  const mutated = await mutate(ruleSet, [
    { pod },
    { pod, namespace: 'a-x' },
    { pod: labelled({ app: 'web' }) },
    { pod, namespace: 'other' },
    { pod, namespace: 'team-b' },
    { pod, labels: optedOut },
    { pod: labelled(optedOut) },
    { pod: labelled({ app: 'operator' }) },
    { pod: labelled({ tier: 'cache' }) },
  ]);
  const [yes, no] = ['m.example/busybox', 'busybox'];
  expect(mutated.flatMap(imagesOf)).toEqual([yes, yes, yes, no, no, no, no, no, no]);
});

describe('in doubt a Pod is admitted as it was written', () => {
  test('where nobody answers', async () => {
    const url = 'https://127.0.0.1:1/external-data';
    const [pod] = await mutate(defaults, [{ pod: podOf(['busybox']) }], { url });
    expect(imagesOf(pod!)).toEqual(['busybox']);
  });

  test('where the answer is a refusal', async () => {
    const path = '/mutate';
    const [pod] = await mutate(defaults, [{ pod: podOf(['busybox']) }], { path });
    expect(imagesOf(pod!)).toEqual(['busybox']);
  });

  test('where a rule denies', async () => {
    const ruleSet = rulesOf(
      '{version: 1, rules: [{from: ghcr.io, deny: no}, {from: docker.io, to: m.example}]}',
    );
    const [pod] = await mutate(ruleSet, [{ pod: podOf(['ghcr.io/x', 'busybox']) }]);
    expect(imagesOf(pod!)).toEqual(['ghcr.io/x', 'm.example/busybox']);
  });
});

test('of every image it makes what decide says, of random rules', async () => {
  let rewritten = 0;
  const images = fc.array(image, { minLength: 50, maxLength: 100 });
  await fc.assert(
    fc.asyncProperty(rulesFile, images, async (file, written) => {
      // Rules of namespaces are told of; here there are none.
      const { namespaces: _, skip: __, ...rest } = file;
      const rules = rest.rules.map(({ namespaces: ___, ...rule }) => rule);
      const ruleSet = rulesOf(JSON.stringify({ ...rest, rules }));
      const [pod] = await mutate(ruleSet, [{ pod: podOf(written) }]);
      const wanted = written.map((each) => decide(each, ruleSet, { namespace: 'team-a' }));
      expect(imagesOf(pod!)).toEqual(wanted.map((decision) => decision.image));
      rewritten += wanted.filter(({ action }) => action === 'rewrite').length;
    }),
    { numRuns: fileCount, seed, endOnFailure: true },
  );
  expect(rewritten).toBeGreaterThan(fileCount * 5);
});
