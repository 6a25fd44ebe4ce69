import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { getEcrToken } from './login.ts';

const password = 'a-password-that-nobody-may-read';
const secret = Buffer.from(`AWS:${password}`).toString('base64');

/** Stands for AWS in every region. */
let server: Server;
let requests: IncomingMessage[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  requests = [];
  answerWith(200, {
    authorizationData: [{ authorizationToken: secret, expiresAt: 1_800_000_000 }],
  });
  server = createServer((request, response) => {
    requests.push(request);
    request.resume().on('end', () => answer(response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  // What a developer's machine may have.
  vi.stubEnv('AWS_PROFILE', undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

function answerWith(status: number, body: unknown): void {
  answer = (response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

async function failure(milliseconds?: number): Promise<string> {
  const error: Error = await getEcrToken('us-east-1', { timeout: milliseconds }).then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  expect(error.cause).toBeUndefined();
  expect(`${error.stack}${JSON.stringify(error)}`).not.toMatch(/nobody|QVdT/);
  return error.message;
}

test('a token is what GetAuthorizationToken gives, taken apart', async () => {
  expect(await getEcrToken('us-east-1')).toEqual({
    username: 'AWS',
    password,
    expiresAt: 1_800_000_000_000,
  });
});

test('one request is sent, signed for the region', async () => {
  await getEcrToken('cn-northwest-1');
  expect(requests).toHaveLength(1);
  expect(requests[0]?.headers).toMatchObject({
    'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
    authorization: expect.stringMatching(/Credential=AKIATEST\/\d+\/cn-northwest-1\/ecr\//),
  });
});

test('without credentials it says how to give some', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  expect(await failure()).toMatch(
    /^no ECR token for us-east-1: no AWS credentials were found; give the service account a role/,
  );
  expect(requests).toHaveLength(0);
});

test('a role that may not is reported with what it lacks, in the words of AWS', async () => {
  const message = 'User: arn:aws:sts::1:assumed-role/x is not authorized to perform';
  answerWith(400, { __type: 'AccessDeniedException', message });
  expect(await failure()).toContain(`ecr:GetAuthorizationToken on *`);
  expect(await failure()).toContain(message);
});

test('credentials of another partition are reported as such', async () => {
  const message = 'The security token included in the request is invalid.';
  answerWith(400, { __type: 'UnrecognizedClientException', message });
  expect(await failure()).toMatch(/not valid in this AWS partition: China, GovCloud/);
});

test('what else AWS answers is reported as it is', async () => {
  answerWith(400, { __type: 'ThrottlingException', message: 'Rate exceeded' });
  expect(await failure()).toBe('no ECR token for us-east-1: ThrottlingException (Rate exceeded)');
});

test('who does not answer is not waited for', async () => {
  answer = () => undefined;
  expect(await failure(300)).toMatch(
    /no answer in time; the Pod must reach the ECR API of us-east-1/,
  );
});

test('nor is the one who gives the credentials', async () => {
  const tokenFile = join(tmpdir(), `detour-token-${process.pid}`);
  writeFileSync(tokenFile, 'token');
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
  vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/image-detour');
  vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', tokenFile);
  answer = () => undefined;
  expect(await failure(3_000)).toMatch(/no answer in time/);
  expect(requests).toHaveLength(1);
  rmSync(tokenFile);
});

test('who cannot be reached is reported with what is needed', async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
  expect(await failure()).toMatch(/ECONNREFUSED.*VPC endpoints ecr\.api and sts/);
});

test.each([
  ['is cut off', `{"authorizationData":[{"authorizationToken":"${secret}`],
  ['comes from a proxy', `<html>${secret}</html>`],
  ['holds nothing', {}],
  ['holds no list', { authorizationData: { authorizationToken: secret } }],
  ['holds no user', { authorizationData: [{ authorizationToken: 'QVdT', expiresAt: 1 }] }],
  ['holds no date', { authorizationData: [{ authorizationToken: secret }] }],
  [
    'holds a strange date',
    { authorizationData: [{ authorizationToken: secret, expiresAt: secret }] },
  ],
])('an answer that %s gives no token, and none is reported', async (_, body) => {
  answerWith(200, body);
  expect(await failure()).toMatch(/^no ECR token for us-east-1: what answers is not the ECR API/);
});
