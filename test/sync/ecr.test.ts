import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FakeDockerHub } from '../rig/registry/docker-hub.ts';
import { expireUntagged, type FakeEcr } from '../rig/registry/ecr/ecr.ts';
import { requestsTo } from '../rig/registry/faults.ts';
import { addImage, addMultiArch, addReferrer } from '../rig/registry/images.ts';
import { findBrokenTags } from '../rig/registry/walk.ts';
import { type HubAndEcr, startHubAndEcr } from './rig/hub-and-ecr.ts';
import { addTags, createRepository } from './rig/many-tags.ts';

let world: HubAndEcr;
let hub: FakeDockerHub;
let ecr: FakeEcr;

beforeEach(async () => {
  world = await startHubAndEcr();
  ({ hub, ecr } = world);
  return world.close;
});

async function sync(
  list: string,
  { facts = '{create: true}', library = 'never', more = '', args = ['--json'] } = {},
) {
  world.rules(`version: 1
mirror: ${ecr.account.host}
registries: {"\${mirror}": {ecr: ${facts}}}
rules: [{from: docker.io, to: "\${mirror}/dockerhub", library: ${library}}]
${more}`);
  return world.detour(['sync', '--list', '-', ...args], list);
}

describe('repositories of Amazon ECR', () => {
  test('are created as the rules file says, once', async () => {
    for (const tag of ['1', '2']) addMultiArch(hub.store, 'library/app', tag);
    const policy = '{"Version":"2008-10-17","Statement":[]}';
    const lifecycle = '{"rules":[]}';
    const facts = `{create: true, immutable: true, scan: true, encryption: KMS, policy: '${policy}', lifecycle: '${lifecycle}', tags: {team: platform, app: "7"}}`;
    const { code, stdout } = await sync('app:1\napp:2\n', { facts });
    expect(stdout).toContain('"copied":2');
    expect(code).toBe(0);
    expect(ecr.account.repositories.get('dockerhub/app')).toMatchObject({
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS' },
      policyText: policy,
      lifecyclePolicyText: lifecycle,
      tags: [
        { Key: 'team', Value: 'platform' },
        { Key: 'app', Value: '7' },
      ],
    });
    const calls = ecr.api.calls.map(({ operation }) => operation);
    expect(calls.filter((operation) => operation === 'CreateRepository')).toHaveLength(1);
    expect(calls.filter((operation) => operation === 'GetAuthorizationToken')).toHaveLength(1);
    expect(await findBrokenTags(ecr.account.store)).toEqual([]);
    ecr.registry.requests.length = 0;
    expect((await sync('app:1\napp:2\n', { facts })).code).toBe(0);
    expect(ecr.registry.requests.filter(({ method }) => /P(UT|OST)/.test(method))).toEqual([]);
  });

  test('are not created otherwise, and the error says how to change that', async () => {
    addImage(hub.store, 'library/app', { tag: '1' });
    const { code, stdout } = await sync('app:1', { facts: '{scan: true}', args: [] });
    expect(code).toBe(1);
    expect(stdout).toContain(
      `${ecr.account.host}/dockerhub/app must exist first: let sync create it with registries: {${ecr.account.host}: {ecr: {create: true}}}`,
    );
    expect(ecr.account.repositories.size).toBe(0);
  });

  test('are named with the permission that is missing', async () => {
    addImage(hub.store, 'library/app', { tag: '1' });
    ecr.account.denied.add('CreateRepository');
    const { code, stdout } = await sync('app:1', { args: [] });
    expect(code).toBe(1);
    expect(stdout).toContain('the caller needs the permission ecr:CreateRepository');
  });
});

test('an image that is listed by its digest only is kept from the clean-up of untagged ones', async () => {
  const index = addMultiArch(hub.store, 'library/app', '1');
  const list = `app@${index.digest}`;
  expect((await sync(list)).code).toBe(0);
  const repository = ecr.account.store.repository('dockerhub/app');
  const tag = `detour-${index.digest.slice('sha256:'.length)}`;
  expect(Object.fromEntries(repository.tags)).toEqual({ [tag]: index.digest });
  expect(expireUntagged(repository)).toEqual([]);
  const second = await sync(list);
  expect(JSON.parse(second.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ present: 1 });
});

test('a blob crosses once if the account lets blobs be mounted', async () => {
  ecr.account.settings.set('BLOB_MOUNTING', 'ENABLED');
  const layers = ['one base', 'and another one'];
  for (const name of ['a', 'b', 'c']) addImage(hub.store, `team/${name}`, { tag: '1', layers });
  const { code } = await sync('team/a:1\nteam/b:1\nteam/c:1', {
    more: 'sync: {referrers: false}',
  });
  expect(code).toBe(0);
  // Two layers and the configuration, which is the same as well.
  expect(hub.cdn.requests.filter(requestsTo('GET', ''))).toHaveLength(3);
});

test('if it does not, the run says how to change that', async () => {
  for (const name of ['a', 'b'])
    addImage(hub.store, `team/${name}`, { tag: '1', layers: ['one base'] });
  const { code, stderr } = await sync('team/a:1\nteam/b:1', { args: [] });
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^note: \d+ B were uploaded that \S+ had in another repository; .* --region cn-northwest-1 --name BLOB_MOUNTING --value ENABLED\n$/,
  );
});

test('one call says which blobs a repository has', async () => {
  addImage(hub.store, 'team/a', { tag: '1', layers: ['a', 'b', 'c'] });
  await sync('team/a:1');
  addImage(hub.store, 'team/a', { tag: '2', layers: ['a', 'b', 'd'] });
  hub.cdn.requests.length = 0;
  ecr.registry.requests.length = 0;
  expect((await sync('team/a:2', { more: 'sync: {referrers: false}' })).code).toBe(0);
  expect(hub.cdn.requests).toHaveLength(2);
  expect(ecr.registry.requests.filter(requestsTo('HEAD', '/blobs/'))).toEqual([]);
  ecr.account.denied.add('BatchCheckLayerAvailability');
  addImage(hub.store, 'team/a', { tag: '3', layers: ['a', 'b', 'e'] });
  hub.cdn.requests.length = 0;
  expect((await sync('team/a:3')).code).toBe(0);
  expect(hub.cdn.requests).toHaveLength(2);
});

test('--unlisted finds the repositories by the API, if the caller may', async () => {
  addImage(hub.store, 'library/app', { tag: '1' });
  await sync('app:1');
  for (const name of ['dockerhub/old', 'elsewhere']) createRepository(ecr.account, name);
  for (const name of ['dockerhub/app', 'dockerhub/old', 'elsewhere'])
    addTags(ecr.account.store, name, ['0.1', '0.2']);
  const args = ['--check', '--unlisted'];
  const { code, stdout } = await sync('app:1', { args });
  expect(code).toBe(0);
  expect(stdout.match(/^unlisted .*/gm)).toEqual([
    expect.stringMatching(/dockerhub\/app: 2 tags that no list names: 0\.1, 0\.2$/),
    expect.stringMatching(/dockerhub\/old: 2 tags that no list names: 0\.1, 0\.2$/),
  ]);
  const listed = ecr.api.calls.filter(({ operation }) => operation === 'DescribeRepositories');
  expect(listed).toHaveLength(1);
  ecr.account.denied.add('DescribeRepositories');
  const denied = await sync('app:1', { args });
  expect(denied.code).toBe(0);
  expect(denied.stdout).toMatch(/^unseen .*needs the permission ecr:DescribeRepositories$/m);
  expect(denied.stdout.match(/^unlisted .*/gm)).toHaveLength(1);
});

describe("Docker Hub's limit of pulls", () => {
  test('ends the run with what is left, for --list', async () => {
    for (const tag of ['1', '2', '3']) addMultiArch(hub.store, 'library/app', tag);
    // Enough for one of the three in any order, and not for all: each takes five.
    hub.registry.quirks.remainingPulls = 13;
    const failed = join(world.folder, 'failed.txt');
    const { code, stdout } = await sync('app:1\napp:2\napp:3', { args: ['--failed', failed] });
    expect(code).toBe(3);
    expect(stdout).toMatch(/deferred {2}docker\.io\/library\/app:\d .*docker login/);
    expect(stdout).toMatch(/copying takes about 15 pulls .*, and 13 of 100 in 6 hours are left/);
    expect(stdout).toMatch(/[12] copied .* [12] left for another run/);
    delete hub.registry.quirks.remainingPulls;
    const list = join(world.folder, 'failed.txt');
    const again = await sync('', { args: ['--list', list] });
    expect(again.code).toBe(0);
    expect(await findBrokenTags(ecr.account.store)).toEqual([]);
  });

  describe('with sync.platforms, which reads indexes to compare them', () => {
    const list = 'app:1\napp:2\napp:3\n';
    const only = (platform: string) => `sync: {referrers: false, platforms: [${platform}]}`;
    const run = (platform: string, args: string[] = []) =>
      sync(list, { more: only(platform), args });

    beforeEach(async () => {
      for (const tag of ['1', '2', '3']) addMultiArch(hub.store, 'library/app', tag);
      expect((await run('linux/arm64')).code).toBe(0);
      hub.registry.requests.length = 0;
    });

    test('reads none if no pulls are left, and leaves the images to another run', async () => {
      hub.registry.quirks.remainingPulls = 0;
      const failed = join(world.folder, 'failed.txt');
      const { code, stdout } = await run('linux/arm64', ['--failed', failed]);
      expect(code).toBe(1);
      expect(stdout.match(/^deferred {2}.*app:\d .*allows no more pulls now/gm)).toHaveLength(3);
      expect(stdout).toContain('3 images in');
      expect(stdout).toContain('3 left for another run');
      expect(hub.registry.requests.filter(requestsTo('GET', '/manifests/'))).toEqual([]);
      expect(readFileSync(failed, 'utf8')).toContain('\napp:3\n');
      const check = await run('linux/arm64', ['--check']);
      expect(check.code).toBe(1);
      expect(check.stdout).toMatch(/^impossible .*app:1 .*allows no more pulls now/m);
    });

    test('leaves an image that meets the limit to another run', async () => {
      hub.registry.quirks.remainingPulls = 1;
      const { code, stdout } = await run('linux/arm64');
      expect(code).toBe(3);
      expect(stdout).toMatch(/1 present, 2 left for another run$/m);
      expect(stdout).not.toContain('failed');
    });
  });
});

test('nginx and library/nginx both find theirs, and the second one is mounted', async () => {
  ecr.account.settings.set('BLOB_MOUNTING', 'ENABLED');
  const { digest } = addMultiArch(hub.store, 'library/nginx', '1.27');
  expect((await sync('nginx:1.27', { library: 'as-written' })).code).toBe(0);
  for (const name of ['dockerhub/nginx', 'dockerhub/library/nginx'])
    expect(ecr.account.store.repository(name).tags.get('1.27')).toBe(digest);
  expect(hub.cdn.requests.filter(requestsTo('GET', ''))).toHaveLength(10);
});

test('signatures go to ECR with the image', async () => {
  const index = addMultiArch(hub.store, 'library/app', '1');
  const signature = addReferrer(hub.store, 'library/app', index);
  hub.registry.quirks.noReferrers = false;
  expect((await sync('app:1')).code).toBe(0);
  expect(ecr.account.store.repository('dockerhub/app').manifests.has(signature.digest)).toBe(true);
});
