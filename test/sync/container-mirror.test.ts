import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { FakeDockerHub } from '../rig/registry/docker-hub.ts';
import type { FakeEcr } from '../rig/registry/ecr/ecr.ts';
import { addImage } from '../rig/registry/images.ts';
import { type HubAndEcr, startHubAndEcr } from './rig/hub-and-ecr.ts';
import { createRepository } from './rig/many-tags.ts';

/* What docs/coming-from-container-mirror.md shows, with the lists as they are. */

const lists = 'test/fixtures/container-mirror';
const guide = 'docs/coming-from-container-mirror.md';
const day = 86_400_000;

let folder: string;
let world: HubAndEcr;
let hub: FakeDockerHub;
let ecr: FakeEcr;

beforeEach(async () => {
  world = await startHubAndEcr();
  ({ folder, hub, ecr } = world);
  cpSync(lists, folder, { recursive: true });
  const [, rules = ''] = /^ *```yaml\n(.*?)^ *```/ms.exec(readFileSync(guide, 'utf8')) ?? [];
  world.rules(rules.replaceAll(/^ {3}/gm, ''));
  return world.close;
});

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
  if (!ecr.account.repositories.has(repository)) createRepository(ecr.account, repository);
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

  expect((await world.detour(['check'])).code).toBe(0);
  const plan = await world.detour(['sync', '--plan']);
  expect(plan.stderr).toBe('');
  expect(plan.code).toBe(0);
  const failed = join(folder, 'failed.txt');
  const { code, stdout, stderr } = await world.detour(['sync', '--failed', failed]);
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
  expect((await world.detour(['sync'])).code).toBe(0);
  expect(ecr.registry.requests.filter(({ method }) => /P(UT|OST)/.test(method))).toEqual([]);
});
