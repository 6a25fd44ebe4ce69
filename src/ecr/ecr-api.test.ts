import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EcrAccount } from '../../test/rig/registry/ecr/account.ts';
import {
  callsOperation,
  type FakeEcrApi,
  startEcrApi,
  throttled,
} from '../../test/rig/registry/ecr/api.ts';
import { addBlob, addImage } from '../../test/rig/registry/images.ts';
import { type EcrRegistry, ecrRegistry } from '../reference/ecr-registry.ts';
import { EcrApi } from './ecr-api.ts';
import type { EcrError } from './ecr-error.ts';

let account: EcrAccount;
let fake: FakeEcrApi;
let api: EcrApi;
/** The statuses of calls, each after the SDK's own retries. */
let statuses: (number | undefined)[];

beforeEach(async () => {
  account = new EcrAccount('123456789012', 'cn-north-1');
  fake = await startEcrApi(account);
  for (const [name, value] of Object.entries({
    AWS_ENDPOINT_URL_ECR: fake.url,
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'a-secret-key-that-nobody-may-see',
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }))
    vi.stubEnv(name, value);
  statuses = [];
  api = new EcrApi(ecrRegistry(account.host) as EcrRegistry, undefined, (status) => {
    statuses.push(status);
  });
});
afterEach(async () => {
  await api.close();
  await fake.close();
  vi.unstubAllEnvs();
});

/** The policy that container-mirror gives each of its repositories. */
const publicRead = JSON.stringify({
  Version: '2008-10-17',
  Statement: [
    {
      Sid: 'pull',
      Effect: 'Allow',
      Principal: '*',
      Action: [
        'ecr:GetDownloadUrlForLayer',
        'ecr:BatchGetImage',
        'ecr:BatchCheckLayerAvailability',
      ],
    },
  ],
});

async function failure(promise: Promise<unknown>): Promise<EcrError> {
  return (await promise.then(
    () => expect.unreachable(),
    (error) => error,
  )) as EcrError;
}

describe('a repository', () => {
  test('is created as the rules file says, in the region of its registry', async () => {
    const lifecycle = '{"rules":[]}';
    const key = 'arn:aws-cn:kms:cn-north-1:123456789012:key/1';
    const created = await api.createRepository('dockerhub/nginx', {
      immutable: true,
      scan: true,
      encryption: key,
      policy: publicRead,
      lifecycle,
      tags: { team: 'platform' },
    });
    expect(created).toBe(true);
    expect(account.repositories.get('dockerhub/nginx')).toMatchObject({
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS', kmsKey: key },
      policyText: publicRead,
      lifecyclePolicyText: lifecycle,
      tags: [{ Key: 'team', Value: 'platform' }],
    });
    expect(new Set(fake.calls.map(({ region }) => region))).toEqual(new Set(['cn-north-1']));
    expect(fake.calls[0]?.input).toMatchObject({ registryId: '123456789012' });
  });

  test('without settings is one call', async () => {
    expect(await api.createRepository('app', { policy: 'none', encryption: 'AES256' })).toBe(true);
    expect(fake.calls.map(({ operation }) => operation)).toEqual(['CreateRepository']);
  });

  test('that exists stays as it is', async () => {
    await api.createRepository('app');
    expect(await api.createRepository('app', { policy: publicRead })).toBe(false);
    expect(account.repositories.get('app')?.policyText).toBeUndefined();
  });

  test('that may not be created names the permission, and no key', async () => {
    account.denied.add('CreateRepository');
    const error = await failure(api.createRepository('app'));
    expect(error.message).toMatch(/^ECR CreateRepository for app: .*ecr:CreateRepository$/);
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('a-secret-key');
    expect(error.cause).toBeUndefined();
  });

  test('is asked for again if ECR has too many calls', async () => {
    fake.faults.add({
      on: callsOperation('CreateRepository'),
      times: 2,
      effect: { kind: 'answer', ...throttled() } as never,
    });
    expect(await api.createRepository('app')).toBe(true);
    // By the SDK, which waits for less time.
    expect(statuses).toEqual([200]);
  });
});

test('a call that is throttled for longer than the SDK waits is made again', async () => {
  fake.faults.add({
    on: callsOperation('CreateRepository'),
    times: 6,
    effect: { kind: 'answer', ...throttled() } as never,
  });
  expect(await api.createRepository('app', { policy: publicRead })).toBe(true);
  expect(account.repositories.get('app')?.policyText).toBe(publicRead);
  expect(statuses).toEqual([400, 200, 200]);
});

test('images are listed a thousand at a time', async () => {
  await api.createRepository('app');
  for (let at = 0; at < 1_001; at++) addImage(account.store, 'app', { tag: `v${at}` });
  const pages: number[] = [];
  for await (const page of api.listImages('app')) pages.push(page.length);
  expect(pages).toEqual([1_000, 1]);
});

test('blobs are asked for a hundred at a time', async () => {
  await api.createRepository('app');
  const blobs = Array.from({ length: 150 }, (_, at) =>
    addBlob(account.store, 'app', `${at}`, 'x/y'),
  );
  const missing = `sha256:${'0'.repeat(64)}`;
  const found = await api.availableLayers('app', [...blobs.map(({ digest }) => digest), missing]);
  expect(found.size).toBe(150);
  expect(found.has(missing)).toBe(false);
  expect(
    fake.calls.filter(({ operation }) => operation === 'BatchCheckLayerAvailability'),
  ).toHaveLength(2);
});

test('blob mounting is a setting of the account', async () => {
  expect(await api.isBlobMountingEnabled()).toBe(false);
  account.settings.set('BLOB_MOUNTING', 'ENABLED');
  expect(await api.isBlobMountingEnabled()).toBe(true);
});

test('a repository that is not there is an error with its code', async () => {
  const error = await failure(api.listImages('nowhere').next());
  expect(error.code).toBe('RepositoryNotFoundException');
});
