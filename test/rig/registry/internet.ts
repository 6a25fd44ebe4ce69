import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/*
 * All fake internets of a process have the same CA, and a name the same certificate: openssl takes
 * longer than most tests.
 */
let issuedAuthority: Certificate | undefined;
const issued = new Map<string, Certificate>();

/** Returns the CA, with its files in `folder`. */
function authorityIn(folder: string): Certificate {
  issuedAuthority ??= issueAuthority(folder, 'ca-of-the-internet');
  const files = { certFile: join(folder, 'internet.crt'), keyFile: join(folder, 'internet.key') };
  writeFileSync(files.certFile, issuedAuthority.cert);
  writeFileSync(files.keyFile, issuedAuthority.key);
  return { ...issuedAuthority, ...files };
}

function certificateFor(name: string, folder: string, authority: Certificate): Certificate {
  // A subject has 64 characters at most, so the name is only where it counts.
  const certificate =
    issued.get(name) ?? issueCertificate(folder, `server-${issued.size}`, authority, `DNS:${name}`);
  issued.set(name, certificate);
  return certificate;
}

/** Starts a fake internet without servers; the file of its CA is in `folder`. */
export async function startInternet(folder: string): Promise<FakeInternet> {
  const authority = authorityIn(folder);
  const servers = new Map<string, FakeServer>();
  const proxy = await startProxy(servers);
  return {
    caFile: authority.certFile,
    proxy,
    environment: { ...proxy.environment, SSL_CERT_FILE: authority.certFile },
    start: async (name, begin) => {
      const tls = certificateFor(name, folder, authority);
      const server = await begin({ tls, base: `https://${name}` });
      servers.set(`${name}:443`, server);
      return server;
    },
    close: async () => {
      await Promise.all([proxy.close(), ...[...servers.values()].map((server) => server.close())]);
    },
  };
}
