import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { issueAuthority, issueCertificate } from '../rig/certificate.ts';
import { startGateway } from '../rig/lambda/gateway.ts';
import { startLambda } from '../rig/lambda/lambda.ts';
import { nodeOf } from '../rig/lambda/tools.ts';
import { send } from '../support/test-server.ts';

const scratch = mkdtempSync(join(tmpdir(), 'detour-gateway-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const authority = issueAuthority(scratch, 'ca');
const serving = issueCertificate(scratch, 'gateway', authority);

/** A function of this code behind a gateway; gives what calls it. */
async function startFunction(code: string, version: '1.0' | '2.0') {
  const folder = mkdtempSync(join(scratch, 'function-'));
  writeFileSync(join(folder, 'index.js'), code);
  const lambda = await startLambda({ node: nodeOf('24'), folder });
  onTestFinished(() => lambda.stop());
  const tls = { cert: serving.cert, key: serving.key };
  const gateway = await startGateway(lambda, { version, path: '/call/token', tls });
  onTestFinished(() => gateway.stop());
  return async (body: string, { path = '/call/token', type = 'text/plain' } = {}) => {
    const headers = { 'content-type': type };
    const options = { method: 'POST', ca: authority.cert, headers };
    const answer = await send(request(new URL(path, gateway.url), options), body);
    return `${answer.status} ${answer.body}`;
  };
}

const code = `exports.handler = async ({ body, isBase64Encoded }) => {
  if (body === 'throw') throw new Error('thrown');
  if (body === 'malformed') return { statusCode: 'x', body };
  return { statusCode: 201, body: body + ' ' + isBase64Encoded };
}`;

test.each([
  [
    'a REST API',
    '1.0',
    502,
    '403 {"message":"Missing Authentication Token"}',
    'aGk= is text false',
  ],
  ['an HTTP API', '2.0', 500, '404 {"message":"Not Found"}', 'YUdrPSBpcyB0ZXh0 true'],
] as const)('%s answers as Amazon says', async (_, version, status, noRoute, binary) => {
  const call = await startFunction(code, version);
  const failure = `${status} {"message":"Internal server error"}`;
  expect(await call('throw')).toBe(failure);
  expect(await call('malformed')).toBe(failure);
  expect(await call('x', { path: '/call/other' })).toBe(noRoute);
  // What went wrong before is over.
  expect(await call('{}', { type: 'application/json' })).toBe('201 {} false');
  expect(await call('aGk= is text', { type: 'x/y' })).toBe(`201 ${binary}`);
});

test('a function that cannot be loaded fails each call', async () => {
  const call = await startFunction('throw new Error("while loading")', '1.0');
  expect(await call('{}')).toBe('502 {"message":"Internal server error"}');
  expect(await call('{}')).toBe('502 {"message":"Internal server error"}');
});
