import { Agent, type AgentOptions, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, connect as netConnect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import { hostOf } from './addresses.ts';
import { proxyAuthorization } from './proxy.ts';

/*
 * Agents that reach their hosts through a proxy. Node's types do not name `createConnection`:
 * https://nodejs.org/api/http.html#agentcreateconnectionoptions-callback.
 */

/** How long a proxy may take to open a tunnel, in milliseconds. */
const tunnelTimeout = 30_000;

type Created = (error: Error | null, socket?: Duplex) => void;

/** ProxyAgent asks a proxy for whole URLs of plain HTTP. */
export class ProxyAgent extends Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(): Duplex {
    const { protocol } = this.#proxy;
    const [host, port] = [hostOf(this.#proxy), portOf(this.#proxy)];
    if (protocol !== 'https:') return netConnect({ host, port });
    return tlsConnect({ host, port, ...(isIP(host) === 0 && { servername: host }) });
  }
}

/** TunnelAgent makes TLS connections through a proxy, by CONNECT. */
export class TunnelAgent extends HttpsAgent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: AgentOptions & ConnectionOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(options: RequestOptions & ConnectionOptions, done: Created): undefined {
    const { host = '', port } = options;
    openTunnel(this.#proxy, `${host.includes(':') ? `[${host}]` : host}:${port}`).then(
      (socket) => done(null, tlsConnect({ ...options, socket })),
      (error: Error) => done(error),
    );
  }
}

function openTunnel(proxy: URL, target: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const send = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send({
      host: hostOf(proxy),
      port: portOf(proxy),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...proxyAuthorization(proxy) },
      agent: false,
      timeout: tunnelTimeout,
    });
    const fail = (what: string) => reject(new Error(`the proxy ${proxy.host} ${what}`));
    request.once('timeout', () => request.destroy(new Error('it does not answer')));
    request.once('error', ({ message }) => fail(`cannot be reached: ${message}`));
    request.once('connect', ({ statusCode }, socket) => {
      (socket as Socket).setTimeout(0);
      if (statusCode === 200) return resolve(socket as Socket);
      socket.destroy();
      return fail(`refused a connection to ${target} with ${statusCode}`);
    });
    request.end();
  });
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}
