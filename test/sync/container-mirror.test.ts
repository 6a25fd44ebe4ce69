import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type FakeDockerHub, startDockerHub } from '../rig/registry/docker-hub.ts';
import { type FakeEcr, startEcr } from '../rig/registry/ecr/ecr.ts';
import { addImage } from '../rig/registry/images.ts';
import { type FakeInternet, startInternet } from '../rig/registry/internet.ts';
import { runDetour } from '../support/run-detour.ts';

/* What docs/coming-from-container-mirror.md shows, with the lists as they are. */

const lists = 'test/fixtures/container-mirror';
const guide = 'docs/coming-from-container-mirror.md';
const day = 86_400_000;

let folder: string;
let internet: FakeInternet;
let hub: FakeDockerHub;
let ecr: FakeEcr;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'container-mirror-'));
  internet = await startInternet(folder);
  hub = await startDockerHub(internet);
  ecr = await startEcr(internet, { region: 'cn-northwest-1' });
  // The SDK reads them there.
  for (const [name, value] of Object.entries(ecr.environment)) vi.stubEnv(name, value);
  cpSync(lists, folder, { recursive: true });
  const [, rules = ''] = /^ *```yaml\n(.*?)^ *```/ms.exec(readFileSync(guide, 'utf8')) ?? [];
  writeFileSync(join(folder, 'detour.yaml'), rules.replaceAll(/^ {3}/gm, ''));
});
afterEach(async () => {
  await ecr.close();
  await internet.close();
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

async function detour(...args: readonly string[]) {
  const env = { HOME: folder, DOCKER_CONFIG: folder, ...internet.environment };
  return await runDetour(['--rules', join(folder, 'detour.yaml'), ...args], { env });
}

/** Adds an image to Docker Hub that was updated so many days ago. Returns its digest. */
function addToHub(name: string, tag: string, age: number): string {
  const repository = name.includes('/') ? name : `library/${name}`;
  const { digest } = addImage(hub.store, repository, { tag });
  const { manifests } = hub.store.repository(repository);
  const manifest = manifests.get(digest);
  if (manifest !== undefined)
    manifests.set(digest, { ...manifest, pushed: new Date(Date.now() - age * day) });
  return digest;
}

/** Adds an image to the mirror that is not the one of Docker Hub, as the scripts do. */
function addToMirror(repository: string, tag: string): string {
  if (!ecr.account.repositories.has(repository))
    ecr.account.create(repository, {
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
      createdAt: 0,
      tags: [],
    });
  return addImage(ecr.account.store, repository, { tag, layers: [`scripts ${tag}`] }).digest;
}

function digestAtMirror(repository: string, tag: string): string | undefined {
  return ecr.account.store.repository(repository).tags.get(tag);
}

test('the lists fill a mirror that the scripts filled before, and nothing is deleted', async () => {
  const daily = readFileSync(join(lists, 'required-images-daily.txt'), 'utf8').match(/^[^#\s]+$/gm);
  for (const name of daily ?? []) addToHub(name, '1', 100);
  addToHub('busybox', '1.36-uclibc', 100);
  for (const tag of ['beta', '2-alpha', '1-windowsservercore-1809', '1-nanoserver', 'ignored'])
    addToHub('nginx', tag, 1);
  writeFileSync(join(folder, 'blacklist-images.txt'), '#只填repo名称，不支持tag\nhttpd\n');
  writeFileSync(join(folder, 'ignore-images.txt'), '#需要指定具体tag\nnginx:ignored\n');
  const old = addToMirror('dockerhub/nginx', 'old');
  addToMirror('dockerhub/nginx', 'young');
  addToHub('nginx', 'old', 11);
  const young = addToHub('nginx', 'young', 9);
  const stray = addToMirror('dockerhub/eu.gcr.io/project/app', '1');

  expect((await detour('check')).code).toBe(0);
  const plan = await detour('sync', '--plan');
  expect(plan.stderr).toBe('');
  expect(plan.code).toBe(0);
  const failed = join(folder, 'failed.txt');
  const { code, stdout, stderr } = await detour('sync', '--failed', failed);
  expect(stderr).toBe('');
  expect(stdout).toContain('blacklist-images.txt:2 names it');
  expect(code).toBe(0);
  expect(readFileSync(failed, 'utf8')).not.toMatch(/^[^#\n]/m);

  const { repositories } = ecr.account.store;
  for (const name of daily ?? [])
    expect(digestAtMirror(`dockerhub/${name}`, '1') !== undefined, name).toBe(name !== 'httpd');
  expect(digestAtMirror('dockerhub/busybox', '1.36-uclibc')).toBeDefined();
  // Of tags that the mirror has, those follow their source that moved in the last 10 days.
  expect([...repositories.get('dockerhub/nginx')!.tags.keys()].toSorted()).toEqual([
    '1',
    'old',
    'young',
  ]);
  expect(digestAtMirror('dockerhub/nginx', 'old')).toBe(old);
  expect(digestAtMirror('dockerhub/nginx', 'young')).toBe(young);
  expect(digestAtMirror('dockerhub/eu.gcr.io/project/app', '1')).toBe(stray);
  expect(ecr.api.calls.filter(({ operation }) => operation.includes('Delete'))).toEqual([]);
  // An upload that turns out not to be needed is ended by a DELETE of the upload.
  const deleted = ecr.registry.requests.filter(
    ({ method, path }) => method === 'DELETE' && !path.includes('/blobs/uploads/'),
  );
  expect(deleted).toEqual([]);

  ecr.registry.requests.length = 0;
  expect((await detour('sync')).code).toBe(0);
  expect(ecr.registry.requests.filter(({ method }) => /P(UT|OST)/.test(method))).toEqual([]);
});
