import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchCheckLayerAvailabilityCommand,
  CreateRepositoryCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  ListImagesCommand,
} from '@aws-sdk/client-ecr';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { digestOf } from '../rig/registry/content.ts';
import { type FakeDockerHub, startDockerHub } from '../rig/registry/docker-hub.ts';
import { expireUntagged, startEcr } from '../rig/registry/ecr/ecr.ts';
import { addBlob, addImage, addMultiArch, addReferrer } from '../rig/registry/images.ts';
import { type FakeInternet, startInternet } from '../rig/registry/internet.ts';
import { skopeoIn } from './rig/skopeo.ts';

let folder: string;
let internet: FakeInternet;
let hub: FakeDockerHub;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fake-hosts-'));
  internet = await startInternet(folder);
  hub = await startDockerHub(internet);
});
afterEach(async () => {
  await internet.close();
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

test('skopeo copies from the fake Docker Hub to the fake ECR, digests unchanged', async () => {
  const skopeo = skopeoIn(folder, internet.environment);
  const ecr = await startEcr(internet, { region: 'cn-northwest-1' });
  const { host, password, store } = ecr.account;
  const index = addMultiArch(hub.store, 'library/nginx', '1.27');
  ecr.account.create('nginx', {
    imageTagMutability: 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
    createdAt: 0,
    tags: [],
  });
  const to = `docker://${host}/nginx:1.27`;
  await skopeo('copy', '--all', '--dest-creds', `AWS:${password}`, 'docker://nginx:1.27', to);
  expect(store.repository('nginx').tags.get('1.27')).toBe(index.digest);
  const manifest = await skopeo('inspect', '--raw', '--creds', `AWS:${password}`, to);
  expect(digestOf(manifest)).toBe(index.digest);
  expect([...internet.proxy.asked].sort()).toEqual([
    `${host}:443`,
    'auth.docker.io:443',
    'production.cloudflare.docker.com:443',
    'registry-1.docker.io:443',
  ]);
  await ecr.close();
});

test('the AWS SDK speaks with the fake ECR', async () => {
  const ecr = await startEcr(internet);
  for (const [name, value] of Object.entries(ecr.environment)) vi.stubEnv(name, value);
  const client = new ECRClient({ region: 'us-west-2', maxAttempts: 1 });
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
  await ecr.close();
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
