import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { writeScratch } from '../rig/files.ts';
import { kubectl } from '../rig/kubectl.ts';
import { Kubernetes } from '../rig/kubernetes.ts';
import { runDetour } from '../support/run-detour.ts';

/*
 * The objects of `detour sync --print-job`, without nodes: test/cluster/sync-job.test.ts runs them.
 */

const server = inject('apiServer');
const kubernetes = new Kubernetes(server);
let namespace: string;
beforeAll(async () => {
  namespace = await kubernetes.createNamespace('sync-job');
});

async function apply(image: string, ...args: readonly string[]): Promise<void> {
  const rules = writeScratch(
    'detour.yaml',
    'version: 1\nrules: [{from: docker.io, to: m.example}]\n',
  );
  const list = writeScratch('images.txt', `${image}\n`);
  const options = ['--print-job', '--list', list, '--namespace', namespace, ...args];
  const { code, stdout, stderr } = await runDetour(['--rules', rules, 'sync', ...options]);
  expect(code, stderr).toBe(0);
  kubectl(['apply', '--server-side', '-f', '-'], stdout);
}

/** Returns the kinds of all objects of `detour sync`. */
function kinds(): string[] {
  const all = 'job,cronjob,configmap,serviceaccount,networkpolicy';
  const names = kubectl(['get', all, '-l', 'image-detour/sync', '-o', 'name', '-n', namespace]);
  return names
    .trim()
    .split('\n')
    .map((name) => name.split(/[./]/)[0] ?? '')
    .toSorted();
}

/** Runs a command of the guide in the namespace. */
function runAsInGuide(start: string): void {
  const [command = ''] =
    new RegExp(`(?<=\`)kubectl ${start}\\S* [^\`]*`).exec(readFileSync('docs/sync.md', 'utf8')) ??
    [];
  const [, ...args] = command.split(' ');
  expect(args).toContain('delete');
  kubectl([...args, '--namespace', namespace]);
}

test("the guide's commands delete the Jobs of a name with their ConfigMaps, and everything", async () => {
  await apply('nginx:1');
  await apply('nginx:2');
  await apply('nginx:1', '--name', 'other');
  const shared = ['networkpolicy', 'networkpolicy', 'serviceaccount', 'serviceaccount'];
  const jobs = (count: number) => [...Array(count).fill('configmap'), ...Array(count).fill('job')];
  expect(kinds()).toEqual([...jobs(3), ...shared]);
  runAsInGuide('delete job,configmap');
  expect(kinds()).toEqual([...jobs(1), ...shared]);
  await apply('nginx:2');
  await apply('nginx:3', '--schedule', '@daily');
  runAsInGuide('delete configmap,serviceaccount');
  expect(kinds()).toEqual(['configmap', 'job', 'networkpolicy', 'serviceaccount']);
});

test('--job-status asks the cluster of --kubeconfig and --context', async () => {
  await apply('nginx:1', '--name', 'asked');
  const path = `${dirname(server.kubectl)}:${process.env.PATH}`;
  // kubectl has a cache in HOME.
  const env = { PATH: path, HOME: server.logs, KUBECONFIG: '/nowhere' };
  const where = ['--namespace', namespace, '--kubeconfig', server.kubeconfig];
  const ask = (...args: readonly string[]) =>
    runDetour(['sync', '--job-status', 'asked', ...where, ...args], { env });
  const context = kubectl(['config', 'current-context']).trim();
  expect(await ask('--context', context)).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/^asked-\w+: running, 1 shard\n/),
  });
  expect(await ask('--context', 'other')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('context "other" does not exist'),
  });
});
