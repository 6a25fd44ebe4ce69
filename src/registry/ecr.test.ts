import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startEcrApi } from '../../test/rig/registry/ecr/api.ts';
import type { FakeEcr } from '../../test/rig/registry/ecr/ecr.ts';
import type { FakeInternet } from '../../test/rig/registry/internet.ts';
import { blobOf, failureOf, RegistryBench } from '../../test/support/registry-client.ts';
import { registryCredentials } from './credentials/registry-credentials.ts';

/* Amazon ECR as a whole: its registry, its API and its S3, under their names, behind a proxy. */

const bench = new RegistryBench();
let net: FakeInternet;
let ecr: FakeEcr;

beforeEach(async () => {
  net = await bench.internet();
  ecr = await bench.ecr(net);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  vi.stubEnv('AWS_PROFILE', undefined);
});
afterEach(() => bench.close());

function prepared(more: NodeJS.ProcessEnv = {}) {
  const env = { ...net.environment, ...more, HOME: '/nowhere', PATH: '/usr/bin' };
  const client = bench.clientWith({}, { env, credentials: registryCredentials(env) });
  const repository = { registry: ecr.account.host, name: 'dockerhub/app' };
  return { client, repository };
}

describe('Amazon ECR', () => {
  test('is logged in to by AWS, with one token, and takes blobs', async () => {
    const { client, repository } = prepared();
    ecr.account.create('dockerhub/app', { imageTagMutability: 'MUTABLE' } as never);
    for (const text of ['a', 'b', 'c']) {
      const blob = blobOf(Buffer.from(text));
      await client.writeBlob(repository, blob, blob.source);
    }
    expect(ecr.api.calls.map(({ operation, region }) => `${operation} ${region}`)).toEqual([
      'GetAuthorizationToken cn-north-1',
    ]);
    expect(ecr.registry.requests.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  test('has its API behind the proxy as well', async () => {
    const { client, repository } = prepared();
    ecr.account.create('dockerhub/app', { imageTagMutability: 'MUTABLE' } as never);
    vi.stubEnv('AWS_ENDPOINT_URL_ECR', undefined);
    const name = 'api.ecr.cn-north-1.amazonaws.com.cn';
    const api = await net.start(name, (options) => startEcrApi(ecr.account, options));
    expect(await client.headManifest(repository, '1')).toBeUndefined();
    expect(await client.digests(repository)).toBeDefined();
    expect(api.calls.map(({ operation }) => operation)).toEqual([
      'GetAuthorizationToken',
      'ListImages',
    ]);
    expect(net.proxy.asked).toContain(`${name}:443`);
  });

  test('without credentials says how to get some', async () => {
    const { client, repository } = prepared();
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const error = await failureOf(client.headManifest(repository, '1'));
    expect(error.message).toMatch(
      /no AWS credentials were found.*set AWS_PROFILE, or log in by docker/,
    );
    expect(error.isRetryable).toBe(false);
  });

  describe('with a login of docker login', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'detour-ecr-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    function withLogin(password: string) {
      const auth = Buffer.from(`AWS:${password}`).toString('base64');
      const config = { auths: { [ecr.account.host]: { auth } } };
      writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
      return prepared({ DOCKER_CONFIG: folder });
    }

    test.each([401, 403])(
      'that has expired (%s) uses the credentials of AWS, and goes on with them',
      async (status) => {
        const { client, repository } = withLogin('twelve-hours');
        const expired = Buffer.from('AWS:twelve-hours').toString('base64');
        ecr.registry.faults.add({
          on: ({ headers }) => headers.authorization === `Basic ${expired}`,
          effect: { kind: 'answer', status, body: '{"errors":[{"code":"DENIED"}]}' },
        });
        for (const tag of ['1', '2', '3'])
          expect(await client.headManifest(repository, tag)).toBeUndefined();
        const logins = ecr.registry.requests.map(({ headers }) => headers.authorization);
        expect(logins.filter((one) => one?.includes(expired))).toHaveLength(1);
        expect(ecr.api.calls).toHaveLength(1);
      },
    );

    test('that lacks a permission stays in use, and the permission is named', async () => {
      const expiration = Date.now() / 1_000 + 3_600;
      const password = Buffer.from(JSON.stringify({ expiration })).toString('base64');
      const { client, repository } = withLogin(password);
      ecr.registry.faults.add({
        on: ({ headers, method }) => headers.authorization !== undefined && method !== 'PUT',
        effect: { kind: 'answer', status: 403, body: '{"errors":[{"code":"DENIED"}]}' },
      });
      const head = await failureOf(client.headManifest(repository, '1'));
      expect(head.message).toContain('it needs the permission ecr:BatchGetImage');
      expect(ecr.api.calls).toEqual([]);
    });

    test('that does not say when it expires stays as well, if AWS names a permission', async () => {
      const { client, repository } = withLogin('of-some-other-form');
      const message = 'User: arn:aws-cn:iam::1:user/a is not authorized to perform: ecr:PutImage';
      ecr.registry.faults.add({
        on: ({ headers }) => headers.authorization !== undefined,
        effect: {
          kind: 'answer',
          status: 403,
          body: JSON.stringify({ errors: [{ code: 'DENIED', message }] }),
        },
      });
      const bytes = Buffer.from('{}');
      const manifest = { mediaType: 'application/vnd.oci.image.manifest.v1+json', bytes };
      const { digest } = blobOf(bytes);
      const put = client.putManifest(repository, '1', { ...manifest, digest });
      expect((await failureOf(put)).message).toContain('perform: ecr:PutImage');
      expect(ecr.api.calls).toEqual([]);
    });

    test('that has expired is reported if there are no credentials of AWS', async () => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
      const { client, repository } = withLogin('twelve-hours');
      ecr.registry.faults.add({
        on: ({ headers }) => headers.authorization !== undefined,
        effect: {
          kind: 'answer',
          status: 403,
          body: '{"errors":[{"code":"DENIED","message":"Your authorization token has expired."}]}',
        },
      });
      const error = await failureOf(client.getManifest(repository, '1'));
      expect(error.message).toContain('Your authorization token has expired.');
    });
  });

  test('wants the repository first', async () => {
    const { client, repository } = prepared();
    const blob = blobOf(Buffer.from('a'));
    const error = await failureOf(client.writeBlob(repository, blob, blob.source));
    expect(error).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
  });
});
