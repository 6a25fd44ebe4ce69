import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createProxy, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * RecordingProxy is every registry of the world, none of which has anything: a proxy that answers
 * for each host itself, and remembers who was asked for what. A program that finds nothing goes on
 * to the next place, so one pull reveals all that it would ask.
 */
export class RecordingProxy {
  readonly #folder: string;
  readonly #asked = new Map<string, string[]>();
  readonly #proxy = createProxy();
  readonly #registries;

  private constructor(hosts: readonly string[]) {
    this.#folder = mkdtempSync(join(tmpdir(), 'recording-proxy-'));
    const key = join(this.#folder, 'key.pem');
    const names = hosts.map((host) => `DNS:${host.replace(/:\d+$/, '')}`).join(',');
    execFileSync('openssl', [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=recording-proxy'.split(
        ' ',
      ),
      '-addext',
      `subjectAltName=${names}`,
      '-keyout',
      key,
      '-out',
      this.#certificate,
    ]);
    const tls = { key: readFileSync(key), cert: readFileSync(this.#certificate) };
    const answer: RequestListener = (request, response) => {
      const path = (request.url ?? '').replace(/^http:\/\/[^/]+/, '');
      const [, repository, object] = /^\/v2\/(.+)\/manifests\/([^/?]+)/.exec(path) ?? [];
      if (repository !== undefined && object !== undefined)
        this.#remember(object, `${nameOf(request.headers.host)}/${repository}`);
      // Some ask below the mirror's path.
      const isPing = /^\/v2(\/.*)?\/?$/.test(path) && repository === undefined;
      response.writeHead(isPing ? 200 : 404).end();
    };
    this.#registries = createServer(tls, answer);
    // Of registries without TLS.
    this.#proxy.on('request', answer);
    this.#proxy.on('connect', (_request, socket) => {
      socket.on('error', () => socket.destroy());
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      this.#registries.emit('connection', socket);
    });
  }

  static async start(hosts: readonly string[]): Promise<RecordingProxy> {
    const proxy = new RecordingProxy(hosts);
    await new Promise<void>((resolve) => proxy.#proxy.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get #certificate(): string {
    return join(this.#folder, 'certificate.pem');
  }

  #remember(object: string, name: string): void {
    const asked = this.#asked.get(object) ?? [];
    if (!asked.includes(name)) asked.push(name);
    this.#asked.set(object, asked);
  }

  /** What sends a program written in Go here. */
  get environment(): Record<string, string> {
    const { port } = this.#proxy.address() as AddressInfo;
    const proxy = `http://127.0.0.1:${port}`;
    return { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, SSL_CERT_FILE: this.#certificate };
  }

  /** Registry and repository of each place that was asked for a tag or digest, in order. */
  askedFor(object: string): string[] {
    return this.#asked.get(object) ?? [];
  }

  close(): void {
    this.#proxy.closeAllConnections();
    this.#proxy.close();
    this.#registries.close();
    rmSync(this.#folder, { recursive: true });
  }
}

/** Docker Hub has two names, and programs choose. */
function nameOf(host: string | undefined): string | undefined {
  return host === 'index.docker.io' ? 'registry-1.docker.io' : host;
}
