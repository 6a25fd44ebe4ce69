import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { getEcrToken } from '../../src/ecr/login.ts';
import { type PullSecretState, refreshPullSecrets } from '../../src/kubernetes/pull-secret.ts';
import { type Moto, startMoto } from './rig/moto.ts';

const scratch = mkdtempSync(join(tmpdir(), 'detour-ecr-'));
const host = '123456789012.dkr.ecr.us-west-2.amazonaws.com';
const type = 'kubernetes.io/dockerconfigjson';
/** What moto gives. Its tokens expired in 2015. */
const password = '123456789012-auth-token';

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let moto: Moto;
/** In front of moto: tells who asked it for what. */
let front: Server;
let calls: Call[];

beforeAll(async () => {
  moto = await startMoto(scratch);
  front = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    calls.push({ headers: request.headers, body: body.toString() });
    const { host: _, connection: __, ...headers } = request.headers as Record<string, string>;
    const init = { method: request.method ?? 'GET', headers, body };
    const answer = await fetch(`${moto.endpoint}${request.url}`, init).catch(() => undefined);
    if (answer === undefined) return response.destroy();
    const type = answer.headers.get('content-type') ?? '';
    return response
      .writeHead(answer.status, { 'content-type': type })
      .end(Buffer.from(await answer.arrayBuffer()));
  });
  await listen(front);
});
afterAll(async () => {
  front.closeAllConnections();
  front.close();
  await moto.stop();
  rmSync(scratch, { recursive: true });
});

beforeEach(() => {
  calls = [];
  vi.stubEnv('AWS_ENDPOINT_URL', urlOf(front));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  // What a developer's machine may have.
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_REGION'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function useKeys(): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** `sts` or `ecr`, with the key that signed the request. */
function describeCall({ headers, body }: Call): string {
  if (body.includes('Action=AssumeRoleWithWebIdentity')) return 'sts';
  const [, key, region, service] =
    /Credential=(\w+)\/\d+\/([\w-]+)\/(\w+)\//.exec(headers.authorization ?? '') ?? [];
  return `${service} in ${region} by ${key?.slice(0, 4)}`;
}

/** One Secret, as the API server would hold it. */
class Store {
  secret: {
    type: string;
    metadata: { name: string; annotations?: Record<string, string> };
    data: Record<string, string>;
  };
  readonly now = Date.now();

  constructor(auths: object, annotations: Record<string, string> = {}) {
    const config = Buffer.from(JSON.stringify({ auths })).toString('base64');
    const metadata = { name: 'ecr', annotations };
    this.secret = { type, metadata, data: { '.dockerconfigjson': config } };
  }

  refresh(): Promise<PullSecretState[]> {
    const api = {
      get: async <T>() => ({ object: this.secret as T, time: this.now }),
      update: async <T extends object>(_: string, object: T) => {
        this.secret = object as unknown as Store['secret'];
        return { object, time: this.now };
      },
    };
    const hosts = () => [host];
    return refreshPullSecrets({
      api,
      name: 'ecr',
      namespaces: ['a'],
      hosts,
      getToken: getEcrToken,
    });
  }

  auth(): { username: string; password: string; auth: string } | undefined {
    const config = Buffer.from(this.secret.data['.dockerconfigjson'] ?? '', 'base64').toString();
    return JSON.parse(config).auths[host];
  }
}

const annotation = 'image-detour/expires-at.us-west-2';
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

describe('a Secret', () => {
  beforeEach(useKeys);

  test('gets the token of its registry’s region', async () => {
    const store = new Store({});
    expect(await store.refresh()).toMatchObject([{ renewed: ['us-west-2'], problems: [] }]);
    const auth = Buffer.from(`AWS:${password}`).toString('base64');
    expect(store.auth()).toEqual({ username: 'AWS', password, auth });
    expect(store.secret.metadata.annotations).toEqual({ [annotation]: '2015-01-01T00:00:00.000Z' });
    expect(calls.map(describeCall)).toEqual(['ecr in us-west-2 by AKIA']);
  });

  test.each([
    ['expired', -1],
    ['in the second half of its life', 5],
  ])('whose token is %s gets another', async (_, hours) => {
    const store = new Store({ [host]: { password: 'old' } }, { [annotation]: inHours(hours) });
    await store.refresh();
    expect(store.auth()?.password).toBe(password);
  });

  test('whose token is fresh costs no call of AWS', async () => {
    const store = new Store({ [host]: { password: 'old' } }, { [annotation]: inHours(7) });
    expect(await store.refresh()).toMatchObject([{ renewed: [], problems: [] }]);
    expect(store.auth()?.password).toBe('old');
    expect(calls).toEqual([]);
  });
});

describe('the role of the service account', () => {
  const tokenFile = join(scratch, 'token');

  test('by IRSA: the projected token is exchanged at STS', async () => {
    writeFileSync(tokenFile, 'token-of-the-service-account');
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/image-detour');
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', tokenFile);
    const store = new Store({});
    await store.refresh();
    expect(store.auth()?.password).toBe(password);
    expect(calls.map(describeCall)).toEqual(['sts', 'ecr in us-west-2 by ASIA']);
    expect(calls[0]?.body).toContain('WebIdentityToken=token-of-the-service-account');
  });

  test('by Pod Identity: the agent on the node is asked', async () => {
    const asked: (string | undefined)[] = [];
    const agent = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json').end(
        JSON.stringify({
          AccessKeyId: 'PODITEST',
          SecretAccessKey: 'test',
          Token: 'test',
          Expiration: inHours(6),
        }),
      );
    });
    await listen(agent);
    writeFileSync(tokenFile, 'token-of-the-pod');
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `${urlOf(agent)}/v1/credentials`);
    vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', tokenFile);
    const store = new Store({});
    await store.refresh();
    agent.close();
    expect(store.auth()?.password).toBe(password);
    expect(asked).toEqual(['token-of-the-pod']);
    expect(calls.map(describeCall)).toEqual(['ecr in us-west-2 by PODI']);
  });

  test('that is not there is reported, and the old token stays', async () => {
    const store = new Store({ [host]: { password: 'old' } }, { [annotation]: inHours(-1) });
    const [state] = await store.refresh();
    expect(state?.problems[0]).toMatch(/give the service account a role by EKS Pod Identity or/);
    expect(store.auth()?.password).toBe('old');
    expect(calls).toEqual([]);
  });
});

test('the AWS SDK works as a part that the program loads on demand', async () => {
  useKeys();
  // As scripts/image/bundle.js does it. A CommonJS module loaded on demand would come without its
  // names.
  await build({
    entryPoints: ['src/ecr/login.ts'],
    outdir: scratch,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  const bundled: typeof import('../../src/ecr/login.ts') = await import(join(scratch, 'login.mjs'));
  expect(await bundled.getEcrToken('us-west-2')).toMatchObject({ username: 'AWS', password });
});

// The last: moto does not come back.
describe('when AWS', () => {
  beforeEach(useKeys);
  const old = () => new Store({ [host]: { password: 'old' } }, { [annotation]: inHours(1) });

  test('cannot be reached, the log reports it and the old token stays', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    const store = old();
    const before = store.secret;
    expect(await store.refresh()).toMatchObject([
      { renewed: [], problems: [expect.stringMatching(/ECONNREFUSED.*must reach the ECR API/)] },
    ]);
    expect(store.secret).toBe(before);
  });

  test('does not answer, that is reported within half a minute and the old token stays', async () => {
    moto.freeze();
    const store = old();
    const begin = performance.now();
    expect(await store.refresh()).toMatchObject([
      { renewed: [], problems: [expect.stringMatching(/no answer in time/)] },
    ]);
    expect(performance.now() - begin).toBeLessThan(30_000);
    expect(store.auth()?.password).toBe('old');
  });
});
