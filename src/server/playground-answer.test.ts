import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../test/support/test-server.ts';

let server: TestServer;
afterEach(async () => {
  await server.stop(0);
  server.agent.destroy();
});

test('the playground is compressed only if that was asked for, and sent again only if it changed', async () => {
  server = await startTestServer({ playground: '<h1>playground</h1>' });
  const address = new URL('/playground', server.healthUrl);
  const ask = async (headers: Record<string, string>) => {
    const [answer] = (await once(request(address, { headers }).end(), 'response')) as [
      IncomingMessage,
    ];
    const chunks = await answer.toArray();
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) };
  };
  for (const refused of ['identity', 'br', 'gzip;q=0', 'gzip; q=0.0, *']) {
    const plain = await ask({ 'Accept-Encoding': refused });
    expect(plain.headers['content-encoding'], refused).toBe(undefined);
    expect(plain.body.toString(), refused).toBe('<h1>playground</h1>');
  }
  expect((await ask({})).body.toString()).toBe('<h1>playground</h1>');
  for (const accepted of ['gzip', 'br, GZIP;q=0.5', '*']) {
    const { headers, body: zipped } = await ask({ 'Accept-Encoding': accepted });
    expect(headers, accepted).toMatchObject({
      'content-encoding': 'gzip',
      'cache-control': 'no-cache',
      vary: 'Accept-Encoding',
    });
    expect(gunzipSync(zipped).toString(), accepted).toBe('<h1>playground</h1>');
  }
  const { etag = '' } = (await ask({})).headers;
  const { etag: zippedTag = '' } = (await ask({ 'Accept-Encoding': 'gzip' })).headers;
  expect(zippedTag).not.toBe(etag);
  for (const known of [etag, `"other", W/${etag}`, '*']) {
    const unchanged = await ask({ 'If-None-Match': known });
    expect([unchanged.status, unchanged.body.length, unchanged.headers.etag]).toEqual([
      304,
      0,
      etag,
    ]);
    expect(unchanged.headers['content-length']).toBe(undefined);
  }
  expect((await ask({ 'If-None-Match': zippedTag })).status).toBe(200);
});
