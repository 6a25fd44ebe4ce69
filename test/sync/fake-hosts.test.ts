import {
  BatchCheckLayerAvailabilityCommand,
  CreateRepositoryCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  ListImagesCommand,
} from '@aws-sdk/client-ecr';
import { beforeEach, expect, test } from 'vitest';
import { digestOf } from '../rig/registry/content.ts';
import type { FakeDockerHub } from '../rig/registry/docker-hub.ts';
import { expireUntagged, type FakeEcr } from '../rig/registry/ecr/ecr.ts';
import { addBlob, addImage, addMultiArch, addReferrer } from '../rig/registry/images.ts';
import { type HubAndEcr, startHubAndEcr } from './rig/hub-and-ecr.ts';
import { createRepository } from './rig/many-tags.ts';
import { skopeoIn } from './rig/skopeo.ts';

let world: HubAndEcr;
let hub: FakeDockerHub;
let ecr: FakeEcr;

beforeEach(async () => {
  world = await startHubAndEcr();
  ({ hub, ecr } = world);
  return world.close;
});

test('skopeo copies from the fake Docker Hub to the fake ECR, digests unchanged', async () => {
  const skopeo = skopeoIn(world.folder, world.internet.environment);
  const { host, password, store } = ecr.account;
  const index = addMultiArch(hub.store, 'library/nginx', '1.27');
  createRepository(ecr.account, 'nginx');
  const to = `docker://${host}/nginx:1.27`;
  await skopeo('copy', '--all', '--dest-creds', `AWS:${password}`, 'docker://nginx:1.27', to);
  expect(store.repository('nginx').tags.get('1.27')).toBe(index.digest);
  const manifest = await skopeo('inspect', '--raw', '--creds', `AWS:${password}`, to);
  expect(digestOf(manifest)).toBe(index.digest);
  expect([...world.internet.proxy.asked].sort()).toEqual([
    `${host}:443`,
    'auth.docker.io:443',
    'production.cloudflare.docker.com:443',
    'registry-1.docker.io:443',
  ]);
});

test('the AWS SDK speaks with the fake ECR', async () => {
  const client = new ECRClient({ region: ecr.account.region, maxAttempts: 1 });
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  expect(Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString()).toBe(
    `AWS:${ecr.account.password}`,
  );
  const create = new CreateRepositoryCommand({
    repositoryName: 'a/b',
    imageTagMutability: 'IMMUTABLE',
    tags: [{ Key: 'team', Value: 'platform' }],
  });
  const { repository } = await client.send(create);
  expect(repository?.repositoryUri).toBe(`${ecr.account.host}/a/b`);
  await expect(client.send(create)).rejects.toMatchObject({
    name: 'RepositoryAlreadyExistsException',
  });
  const { digest } = addImage(ecr.account.store, 'a/b', { tag: '1', layers: [Buffer.from('x')] });
  expect(await client.send(new ListImagesCommand({ repositoryName: 'a/b' }))).toMatchObject({
    imageIds: [{ imageDigest: digest, imageTag: '1' }],
  });
  const layerDigests = [digestOf('x'), digestOf('y')];
  const check = new BatchCheckLayerAvailabilityCommand({ repositoryName: 'a/b', layerDigests });
  expect(await client.send(check)).toMatchObject({
    layers: [{ layerDigest: digestOf('x'), layerAvailability: 'AVAILABLE', layerSize: 1 }],
    failures: [{ layerDigest: digestOf('y'), failureCode: 'MissingLayerDigest' }],
  });
  ecr.account.denied.add('ListImages');
  await expect(client.send(new ListImagesCommand({ repositoryName: 'a/b' }))).rejects.toMatchObject(
    { name: 'AccessDeniedException' },
  );
  expect(ecr.api.calls.map(({ operation }) => operation)).toContain('CreateRepository');
  client.destroy();
});

test('a clean-up of untagged images spares the children of an index and the referrers', () => {
  const { store } = hub;
  const index = addMultiArch(store, 'a', '1');
  const signature = addReferrer(store, 'a', index);
  const untagged = addImage(store, 'a');
  const untaggedSignature = addReferrer(store, 'a', untagged);
  addBlob(store, 'a', 'unused', 'text/plain');
  expect(expireUntagged(store.repository('a'))).toEqual(
    [untagged, untaggedSignature].map((d) => d.digest),
  );
  const { manifests, blobs } = store.repository('a');
  expect(manifests.has(signature.digest)).toBe(true);
  expect(manifests.size).toBe(6);
  expect(blobs.has(digestOf('unused'))).toBe(false);
});
