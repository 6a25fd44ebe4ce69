import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { issueAuthority, issueCertificate } from '../../rig/certificate.ts';

/** Speaks HTTP only. */
export const plainRegistry = 'registry.lab.example:5000';
/** Has a certificate of a CA that nobody knows. */
export const privateRegistry = 'registry.corp.example';

/**
 * LabRegistries are those two registries, behind a proxy; all others cannot be reached. Each
 * repository of theirs has the same small image.
 */
export class LabRegistries {
  readonly ca: string;
  readonly #plain = createServer(serveImage);
  readonly #private;
  readonly #proxy = createServer((request, response) => {
    if (hostOf(request) === plainRegistry) serveImage(request, response);
    else response.writeHead(502).end();
  });

  private constructor(folder: string) {
    const authority = issueAuthority(folder, 'lab-ca');
    const name = `DNS:${privateRegistry}`;
    this.ca = authority.cert;
    this.#private = createTlsServer(issueCertificate(folder, 'lab', authority, name), serveImage);
    const servers = new Map<string, Server>([
      [plainRegistry, this.#plain],
      [`${privateRegistry}:443`, this.#private],
    ]);
    this.#proxy.on('connect', ({ url }, socket) => {
      const asked = servers.get(url ?? '');
      socket.on('error', () => socket.destroy());
      if (asked === undefined) {
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
        return;
      }
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      asked.emit('connection', socket);
    });
  }

  static async start(folder: string): Promise<LabRegistries> {
    const registries = new LabRegistries(folder);
    await new Promise<void>((resolve) => registries.#proxy.listen(0, '127.0.0.1', resolve));
    return registries;
  }

  /** What sends a program written in Go here. */
  get environment(): Record<string, string> {
    const { port } = this.#proxy.address() as AddressInfo;
    const proxy = `http://127.0.0.1:${port}`;
    return { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
  }

  close(): void {
    this.#proxy.closeAllConnections();
    this.#proxy.close();
  }
}

function hostOf({ url }: IncomingMessage): string | undefined {
  return URL.canParse(url ?? '') ? new URL(url ?? '').host : undefined;
}

interface Content {
  readonly type: string;
  readonly bytes: Buffer;
}

const oci = (type: string) => `application/vnd.oci.image.${type}`;
/** Two empty blocks: an archive without files. */
const layer: Content = { type: oci('layer.v1.tar'), bytes: Buffer.alloc(1024) };
const config = json('config.v1+json', {
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
});
const manifest = json('manifest.v1+json', {
  schemaVersion: 2,
  mediaType: oci('manifest.v1+json'),
  config: describe(config),
  layers: [describe(layer)],
});
const blobs = new Map([config, layer].map((blob) => [digestOf(blob), blob]));

function json(type: string, value: object): Content {
  return { type: oci(type), bytes: Buffer.from(JSON.stringify(value)) };
}

function digestOf({ bytes }: Content): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function describe(content: Content): object {
  return { mediaType: content.type, digest: digestOf(content), size: content.bytes.length };
}

const serveImage: RequestListener = ({ url = '', method }, response) => {
  const path = URL.canParse(url) ? new URL(url).pathname : url.replace(/\?.*/, '');
  const [, kind, name = ''] = /^\/v2\/.+\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
  if (kind === undefined) {
    response.writeHead(/^\/v2(\/.*)?$/.test(path) ? 200 : 404).end();
    return;
  }
  const content = kind === 'manifests' ? manifest : blobs.get(name);
  if (content === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': content.type,
    'Content-Length': content.bytes.length,
    'Docker-Content-Digest': digestOf(content),
  });
  response.end(method === 'HEAD' ? undefined : content.bytes);
};
