/** Starts a kube-apiserver 1.36, and in its namespaces what changes Pods. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { parseAllDocuments, stringify } from 'yaml';
import { isChanged, podOf } from './cases.js';

const root = join(import.meta.dirname, '..', '..');

/** Starts the API server. */
export async function startRig() {
  const folder = mkdtempSync(join(tmpdir(), 'image-detour-bench-'));
  const { findPrograms, startControlPlane, Kubernetes, ...processes } = await loadTestRig(folder);
  const { apiServer, pid, stop } = await startControlPlane(folder, findPrograms());
  const kubernetes = new Kubernetes(apiServer);
  return {
    folder,
    pid,
    kubernetes,
    processes,
    run: (args, input) =>
      execFileSync(apiServer.kubectl, ['--kubeconfig', apiServer.kubeconfig, ...args], { input }),
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The rig of the tests is TypeScript, which the oldest Node that we support does not read. */
async function loadTestRig(folder) {
  const rig = join(root, 'test', 'rig');
  const outfile = join(folder, 'rig.mjs');
  await build({
    stdin: {
      contents: `
        export * from './kube-apiserver.ts';
        export { Kubernetes } from './kubernetes.ts';
        export { start, until, untilReady } from './process.ts';
      `,
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

/** Creates a namespace with the label `bench: NAME`, and returns what creates a Pod in it by dry run. */
export async function createNamespace({ kubernetes }, name) {
  const namespace = await kubernetes.createNamespace('bench');
  await kubernetes.patch(`/api/v1/namespaces/${namespace}`, {
    metadata: { labels: { bench: name } },
  });
  return (pod) => kubernetes.createPod(namespace, pod, { dryRun: true });
}

/** Applies a policy, or a webhook, to Pods of the namespace with that label only. */
export function applyFor({ run }, text, name) {
  const objects = parseAllDocuments(text).map((document) => document.toJS());
  for (const { spec, webhooks = [] } of objects) {
    for (const each of [spec?.matchConstraints, ...webhooks]) {
      if (each === undefined) continue;
      each.namespaceSelector = { ...each.namespaceSelector, matchLabels: { bench: name } };
    }
  }
  run(['apply', '--server-side', '-f', '-'], objects.map((each) => stringify(each)).join('---\n'));
}

/** Waits until the images of a Pod are changed. */
export async function untilChanged({ processes }, create, name) {
  const changes = async () => isChanged(await create(podOf(1)));
  await processes.until(`Pods are changed: ${name}`, changes, 30);
}

/** Starts `detour serve` with these rules, and registers it for the namespace with that label. */
export async function startWebhook(rig, file, name) {
  const rules = join(rig.folder, `${name}.json`);
  writeFileSync(rules, JSON.stringify(file));
  const detour = join(root, 'bin', 'detour.js');
  const args = ['--rules', rules, 'serve', '--listen', '127.0.0.1:0'];
  args.push('--health-listen', '127.0.0.1:0', '--log-format', 'json');
  const { start, untilReady } = rig.processes;
  const server = start(process.execPath, [detour, ...args], join(rig.folder, `${name}.log`));
  const line = await untilReady(name, server, () => readyLine(server), 30);
  const { webhook, health } = JSON.parse(line);
  const ca = join(rig.folder, `${name}.pem`);
  writeFileSync(ca, await (await fetch(`${health}/ca.crt`)).text());
  const options = ['--rules', rules, '--url', webhook, '--ca-bundle', ca, '--name', name];
  applyFor(
    rig,
    execFileSync(process.execPath, [detour, 'webhook', ...options], { encoding: 'utf8' }),
    name,
  );
  return { pid: server.pid, stop: () => server.stop('SIGKILL') };
}

function readyLine(server) {
  // The last element is empty, or the beginning of a line that is being written.
  const complete = server.lines().slice(0, -1);
  return complete.find((line) => line.includes('"msg":"ready"'));
}
