import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { detourProgram } from '../rig/detour.ts';
import { until } from '../rig/process.ts';
import { Cluster } from './rig/cluster.ts';
import { clusterPod } from './rig/cluster-objects.ts';
import { chart, Product } from './rig/product.ts';

/* Incidents are staged, and the commands that the runbook has for them are run as they are printed. */

const cluster = new Cluster(inject('cluster'));
const rule = { from: 'k8s.gcr.io', to: 'good.example/gcr' };
// The runbook assumes this name, for both.
const product = new Product(cluster, 'image-detour', {
  rules: { content: { version: 1, rules: [rule] } },
  events: true,
});
const text = (rules: string) => `version: 1\nrules:\n${rules}`;
const good = text('  - from: k8s.gcr.io\n    to: good.example/gcr\n');

const folder = mkdtempSync(join(cluster.address.folder, 'runbook-'));
const runbook = readFileSync('docs/runbook.md', 'utf8');

beforeAll(async () => {
  const program = join(folder, 'detour');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${detourProgram} "$@"\n`);
  chmodSync(program, 0o755);
  await product.install();
  return () => product.uninstall();
});

/** Returns the commands under a heading. */
function commandsUnder(heading: string): string {
  const lines = runbook.split('\n');
  const begin = lines.findIndex((line) => /^#+ /.test(line) && line.endsWith(` ${heading}`));
  // A comment in a block has no two of them.
  const length = lines.slice(begin + 1).findIndex((line) => line.startsWith('##'));
  const chapter = lines.slice(begin, begin + 1 + length).join('\n');
  const found = [...chapter.matchAll(/^```sh\n(.*?)^```/gms)];
  if (begin === -1 || found.length === 0) throw new Error(`no commands under ${heading}`);
  return found.map(([, commands]) => commands).join('');
}

/** Runs commands in a shell at the node, and returns what they print, whatever their exit code is. */
function run(commands: string): Promise<string> {
  const { programs, kubeconfig } = cluster.address;
  const script = `cd ${folder}; PATH=${folder}:${programs}:$PATH; export KUBECONFIG=${kubeconfig}\n${commands}`;
  return cluster.inside(['bash', '-c', `exec 2>&1\n${script}\ntrue`]);
}

/** Runs the commands under a heading until they print what the incident leads to. */
async function shows(heading: string, ...wanted: readonly RegExp[]): Promise<string> {
  let last = '';
  const found = async () => {
    last = await run(commandsUnder(heading));
    return wanted.every((each) => each.test(last)) && last;
  };
  return await until(`${heading} shows ${wanted.join(' ')}`, found, 90).catch((error: Error) => {
    throw new Error(`${error.message}\n${last}`);
  });
}

/** Upgrades as the runbook says, where somebody has changed objects by hand. */
async function upgrade(values: object = {}, more: readonly string[] = ['--wait']): Promise<void> {
  const args = ['upgrade', product.name, chart, '--values', '-', '--force-conflicts', ...more];
  const place = ['--namespace', product.namespace];
  await cluster.helm([...args, ...place], { input: product.valuesText({ ...values }) });
}

const isDenied = () => cluster.refuses(clusterPod('denied', 'quay.io/app:1'));

test('all is well: every replica is ready, and the API server sees the rewritten image', async () => {
  await product.readyPods(2);
  const printed = await shows('Look at the state', /good\.example\/gcr\/coredns:1\.3\.1/);
  expect(printed.match(/^ok$/gm)).toHaveLength(2);
  const files = new Set(printed.match(/^image-detour-\S+\.metrics/gm));
  expect(files.size).toBe(2);
});

test('the rules were broken by hand', async () => {
  await product.editRules('version: 1\nrules:\n  - form: k8s.gcr.io\n    to: broken.example\n');
  await shows('DetourRulesInvalid', /the old rules stay/, /live\.yaml:3:5: error unknown-key/);
  await product.editRules(good);
});

test('the ConfigMap with the rules was deleted', async () => {
  await product.kubectl('delete', 'configmap', 'image-detour-rules');
  await shows('DetourRulesDeleted', /configmap\/image-detour-rules created|AlreadyExists/);
  const restored = await product.kubectl('get', 'configmap', 'image-detour-rules', '-o', 'yaml');
  expect(restored).toContain('good.example/gcr');
});

test('a rule denies everything', async () => {
  await product.editRules(`${good}  - from: "*"\n    deny: ask us\n`);
  await until('images are denied', isDenied, 90);
  const state = commandsUnder('Look at the state');
  await until(
    'the runbook shows the rule',
    async () => {
      await isDenied();
      const printed = await run(state + commandsUnder('DetourDeniesMost'));
      return /reason="rule",rule="\*"\} [1-9]/.test(printed) && /"msg":"denied/.test(printed);
    },
    60,
  );
  await product.editRules(good);
});

test('the rules file has no rules', async () => {
  await product.editRules('version: 1\nrules: []\n');
  await shows('DetourNoRules', /rules: \[\]/, /manager: kubectl-replace/);
  await product.editRules(good);
});

test('the registration was deleted, as the runbook turns the webhook off', async () => {
  await run(commandsUnder('Turn the webhook off at once'));
  expect(await cluster.isThere('mutatingwebhookconfiguration/image-detour')).toBe(false);
  await shows('DetourNotRegistered', /"problem":"missing"/);
  await upgrade();
  await product.isAsked();
});

test('two upgrades in a row have failed', async () => {
  const image = { repository: 'nowhere.example/image-detour', tag: 'none' };
  // The check of the rules would find that its image cannot be pulled, too.
  const rules = { content: { version: 1, rules: [rule] }, check: false };
  for (const replicas of [2, 3]) await upgrade({ image, replicas, rules }, []);
  const commands = commandsUnder('DetourReplicasNotReady');
  const history = await run(commands.split('\n').slice(0, 1).join('\n'));
  const [, worked = ''] = /^(\d+)\s.*superseded/m.exec(history) ?? [];
  expect(worked).toBe('1');
  await run(commands.replace('REVISION', worked));
  const pods = await product.readyPods(2);
  expect(pods.map(({ spec }) => spec.containers[0]?.image)).not.toContain(
    'nowhere.example/image-detour:none',
  );
});

describe('somebody changed the rights of the account', () => {
  const remove = (kind: string) =>
    cluster.kubectl(['delete', kind, 'image-detour', '--namespace', product.namespace]);

  test('to its Secret', async () => {
    await remove('role');
    await shows(
      'DetourCertificateUpkeepFails',
      /forbidden.*could not be checked or renewed/,
      /^no\b/m,
    );
    await upgrade();
  });

  test('to its registration, when a replica starts', async () => {
    await remove('clusterrole');
    await product.kubectl('delete', 'pod', (await product.readyPods(2))[0]?.metadata.name ?? '');
    await shows('DetourRegistrationUnwatched', /forbidden.*cannot be watched/, /^no\b/m);
    await upgrade();
    await product.readyPods(2);
  });
});

test('somebody else may know the key of the CA', async () => {
  const bundle = () =>
    cluster.kubectl([
      'get',
      'mutatingwebhookconfiguration',
      'image-detour',
      '-o',
      'jsonpath={.webhooks[0].clientConfig.caBundle}',
    ]);
  const before = await bundle();
  await run(commandsUnder('The caBundle is empty or wrong'));
  await until('the caBundle is another one', async () => (await bundle()) !== before, 60);
  await product.isAsked();
});

test('no replica is left: the reason that users read is in the table', async () => {
  await upgrade({ webhook: { failurePolicy: 'Fail' } });
  await product.isAsked();
  await product.hasPolicy('Fail', 60);
  await product.kubectl('scale', 'deployment/image-detour', '--replicas=0');
  const message = await until(
    'Pods are refused',
    async () =>
      await cluster.admit(clusterPod('refused', 'k8s.gcr.io/pause:3.1')).then(
        () => undefined,
        (error: Error) => error.message,
      ),
    60,
  );
  const table = /### DetourNotReached\n.*?(?=\n### )/s.exec(runbook)?.[0] ?? '';
  const reasons = [...table.matchAll(/^\| (`[^|]*)/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, reason = '']) => reason),
  );
  expect(
    reasons.filter((reason) => message.includes(reason)),
    message,
  ).not.toEqual([]);
  await run(commandsUnder('Turn the webhook off at once'));
  await cluster.admit(clusterPod('refused', 'k8s.gcr.io/pause:3.1'));
});
