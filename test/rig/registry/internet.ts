import { type Certificate, issueAuthority, issueCertificate } from '../certificate.ts';
import { type FakeProxy, startProxy } from './proxy.ts';
import type { FakeServer, ServerOptions } from './server.ts';

/** NamedOptions start a server that clients reach by a name, over HTTPS. */
interface NamedOptions extends ServerOptions {
  /** `https://` and the name. */
  readonly base: string;
}

/** FakeInternet is servers that have the names of real ones, behind a proxy. */
export interface FakeInternet {
  /** PEM file of the CA that signed their certificates. */
  readonly caFile: string;
  readonly proxy: FakeProxy;
  /** What leads a program here: the proxy, and the CA in place of all others. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts a server under a name, at port 443. */
  start<T extends FakeServer>(
    name: string,
    begin: (options: NamedOptions) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

/** Starts a fake internet without servers; certificates are files in `folder`. */
export async function startInternet(folder: string): Promise<FakeInternet> {
  const authority: Certificate = issueAuthority(folder, 'ca-of-the-internet');
  let issued = 0;
  const servers = new Map<string, FakeServer>();
  const proxy = await startProxy(servers);
  return {
    caFile: authority.certFile,
    proxy,
    environment: { ...proxy.environment, SSL_CERT_FILE: authority.certFile },
    start: async (name, begin) => {
      // A subject has 64 characters at most, so the name is only where it counts.
      issued += 1;
      const tls = issueCertificate(folder, `server-${issued}`, authority, `DNS:${name}`);
      const server = await begin({ tls, base: `https://${name}` });
      servers.set(`${name}:443`, server);
      return server;
    },
    close: async () => {
      await Promise.all([proxy.close(), ...[...servers.values()].map((server) => server.close())]);
    },
  };
}
