import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { detourProgram } from '../rig/detour.ts';
import { imageOf } from '../rig/kubernetes-object.ts';
import { startWith, until } from '../rig/process.ts';
import { type FakeDockerHub, startDockerHub } from '../rig/registry/docker-hub.ts';
import { addBlob } from '../rig/registry/images.ts';
import { type FakeInternet, startInternet } from '../rig/registry/internet.ts';
import { codeBlocks } from '../support/code-blocks.ts';
import { Cluster } from './rig/cluster.ts';
import { clusterPod } from './rig/cluster-objects.ts';
import { writeImage } from './rig/image.ts';
import { openMirrorByName } from './rig/mirror-by-name.ts';

/*
 * The commands of the page, as they are written: outside, where Docker Hub is, and inside, on a node
 * that has no route out. Both languages have the same blocks (test/docs-languages.test.ts).
 */

const page = 'docs/air-gapped.md';
const shell = codeBlocks(page, 'sh');
const rules = codeBlocks(page, 'yaml').find((block) => block.includes('bypass: false'));
const mirror = 'mirror.example.com';

const cluster = new Cluster(inject('cluster'));
const { programs, kubeconfig } = cluster.address;
const folder = mkdtempSync(join(cluster.address.folder, 'air-gapped-'));
const [outside, inside, bin] = ['outside', 'inside', 'bin'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
let internet: FakeInternet;
let hub: FakeDockerHub;
let closeMirror: (() => Promise<void>) | undefined;

beforeAll(async () => {
  for (const each of [outside, inside, bin]) mkdirSync(each);
  const program = `#!/bin/sh\nexec ${process.execPath} ${detourProgram} "$@"\n`;
  writeFileSync(join(bin, 'detour'), program, { mode: 0o755 });
  writeFileSync(join(outside, 'detour.yaml'), rules ?? '');
  internet = await startInternet(outside);
  hub = await startDockerHub(internet);
  addToHub('library/nginx', '1.27');
  closeMirror = await openMirrorByName(cluster, mirror);
});
afterAll(async () => {
  await cluster.helm(['uninstall', 'image-detour', '--namespace', 'image-detour', '--wait']);
  await cluster.kubectl(['delete', 'namespace', 'image-detour']);
  await cluster.kubectl(['delete', 'pod', 'web', '--now']);
  await closeMirror?.();
});

/** Adds an image that runs to Docker Hub. */
function addToHub(name: string, tag: string): void {
  const files = { '/app': join(programs, 'pause') };
  const layout = writeImage(folder, { files, command: ['/app'] });
  const blob = (digest: string) => readFileSync(join(layout, 'blobs', digest.replace(':', '/')));
  const json = <T>(bytes: Buffer) => JSON.parse(bytes.toString()) as T;
  type Descriptor = { digest: string; mediaType: string };
  const index = json<{ manifests: Descriptor[] }>(readFileSync(join(layout, 'index.json')));
  const [{ digest, mediaType }] = index.manifests as [Descriptor];
  const bytes = blob(digest);
  const { config, layers } = json<{ config: Descriptor; layers: Descriptor[] }>(bytes);
  for (const one of [config, ...layers]) addBlob(hub.store, name, blob(one.digest), one.mediaType);
  const repository = hub.store.repository(name);
  repository.manifests.set(digest, { mediaType, bytes, pushed: new Date() });
  repository.tags.set(tag, digest);
}

/** Returns the block of the page that has this text. */
function blockWith(text: string): string {
  const found = shell.find((block) => block.includes(text));
  if (found === undefined) throw new Error(`the page has no block with ${text}`);
  return found;
}

const path = [bin, programs, process.env.PATH].join(delimiter);

async function runOutside(block: string): Promise<string> {
  const running = startWith('sh', ['-ec', block], join(folder, 'outside.log'), {
    cwd: outside,
    env: { ...internet.environment, HOME: outside, PATH: path },
  });
  const { code } = await running.exited;
  const output = readFileSync(running.log, 'utf8');
  expect(code, output).toBe(0);
  return output;
}

/** Runs a block where the node is: nothing outside its namespaces can be reached from there. */
function runInside(block: string): Promise<string> {
  const env = {
    PATH: path,
    HOME: inside,
    KUBECONFIG: kubeconfig,
    // The CA of the mirror.
    SSL_CERT_FILE: '/etc/ssl/certs/mirror.crt',
  };
  const set = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return cluster.inside(['env', '-i', `--chdir=${inside}`, ...set, 'sh', '-ec', block]);
}

const carry = (...names: readonly string[]) => {
  for (const name of names) cpSync(join(outside, name), join(inside, name));
};

test('the images of a cluster are listed', async () => {
  await cluster.apply(clusterPod('listed', 'nginx:1.27'));
  await runInside(blockWith('> images.txt'));
  await cluster.kubectl(['delete', 'pod', 'listed', '--now']);
  const listed = readFileSync(join(inside, 'images.txt'), 'utf8').split('\n');
  expect(listed).toContain('nginx:1.27');
});

test('outside, an archive is written, and later one with what is new', async () => {
  writeFileSync(join(outside, 'images.txt'), 'nginx:1.27\n');
  expect(await runOutside(blockWith('--to oci-archive:images.tar'))).toContain('1 copied');
  addToHub('library/redis', '7.4');
  writeFileSync(join(outside, 'images.txt'), 'nginx:1.27\nredis:7.4\n');
  const more = await runOutside(blockWith('--since'));
  expect(more).toMatch(/1 copied .*, 1 present/);
  carry('detour.yaml', 'images.tar', 'more.tar');
  await internet.close();
});

test('inside, the mirror is filled from both', async () => {
  const block = blockWith('--from oci-archive:images.tar');
  const imported = await runInside(block);
  expect(imported).toContain('1 image: 1 to copy, 0 present');
  expect(imported).toContain(
    `oci-archive:images.tar:docker.io/library/nginx:1.27 -> ${mirror}/docker.io/library/nginx:1.27`,
  );
  expect(imported).toContain('1 copied');
  const more = await runInside(block.replaceAll('images.tar', 'more.tar'));
  expect(more).toContain('1 copied');
});

test('inside, image-detour is installed, and a Pod runs the image under its own name', async () => {
  const install = blockWith('helm install image-detour');
  const [, archive = ''] = /oci-archive:(\S+)/.exec(install) ?? [];
  mkdirSync(join(inside, dirname(archive)), { recursive: true });
  symlinkSync(join(cluster.address.folder, 'product.oci.tar'), join(inside, archive));
  symlinkSync(join(import.meta.dirname, '../../deploy'), join(inside, 'deploy'));
  const policies = join(inside, '.config/containers');
  mkdirSync(policies, { recursive: true });
  writeFileSync(join(policies, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  await runInside(install);
  await cluster.kubectl([
    ...['rollout', 'status', 'deployment/image-detour', '--namespace', 'image-detour'],
    '--timeout=90s',
  ]);
  const mirrored = `${mirror}/docker.io/library/nginx:1.27`;
  const isRewritten = async () =>
    imageOf(await cluster.admit(clusterPod('probe', 'nginx:1.27'))) === mirrored;
  await until('images are rewritten', isRewritten, 60);
  const atMirror = cluster.requestsFromNow('mirror-by-name');
  const printed = await runInside(blockWith('kubectl run web'));
  expect(printed.split('\n').at(-1)).toBe(mirrored);
  expect(atMirror()).toContainEqual(
    expect.objectContaining({
      path: '/v2/docker.io/library/nginx/manifests/1.27',
      status: 200,
    }),
  );
});
