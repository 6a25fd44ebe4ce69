import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { pino } from 'pino';
import { issueSelfSigned } from '../../src/certificate/issue.ts';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { fixedSource } from '../../src/rules-source/source.ts';
import { expiryOf, fixedCertificate } from '../../src/server/following/certificate.ts';
import { type RunningServer, type ServeOptions, serve } from '../../src/server/serve.ts';

/** Answer is an HTTP answer that was read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** TestServer is a running server with clients for it, and the lines of its log as objects. */
export interface TestServer extends RunningServer {
  readonly lines: readonly Record<string, unknown>[];
  readonly agent: Agent;
  post(body: string | Buffer, headers?: Record<string, string>, path?: string): Promise<Answer>;
  get(path: string): Promise<Answer>;
}

/** Starts a real server on free ports of the loopback interface, with its log in memory. */
export async function startTestServer(more: Partial<ServeOptions> = {}): Promise<TestServer> {
  const issued = await issueSelfSigned(['localhost', '127.0.0.1']);
  const lines: Record<string, unknown>[] = [];
  const logger = pino(
    { level: 'debug', base: null },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  const server = await serve({
    listen: { host: '127.0.0.1', port: 0 },
    healthListen: { host: '127.0.0.1', port: 0 },
    rules: { ruleSet: loadRules(defaultRulesText).ruleSet as RuleSet, text: defaultRulesText },
    rulesSource: fixedSource('<embedded rules>', defaultRulesText),
    certificate: fixedCertificate({
      cert: issued.certificate,
      key: issued.privateKey,
      notAfter: expiryOf(issued.certificate),
    }),
    caCertificate: issued.caCertificate,
    drainDelay: 0,
    version: 'test',
    log: { logger, flush: () => undefined, close: () => Promise.resolve() },
    ...more,
  });
  const agent = new Agent({ keepAlive: true, ca: issued.caCertificate });
  return {
    ...server,
    lines,
    agent,
    post: (body, headers = { 'content-type': 'application/json' }, path = '/mutate') =>
      send(httpsRequest(new URL(path, server.url), { method: 'POST', headers, agent }), body),
    get: (path) => send(httpRequest(new URL(path, server.healthUrl))),
  };
}

/** Sends a request and gives its whole answer. */
export function send(
  request: ReturnType<typeof httpRequest>,
  body: string | Buffer = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
      );
    });
    request.end(body);
  });
}
