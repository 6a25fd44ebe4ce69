import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { until } from '../../rig/process.ts';
import type { Cluster } from './cluster.ts';

/**
 * RegistryName names a registry; `mirror-by-name` has the images of `mirror`, under its name, and
 * those `-for-pods` have the images of the others, at an address that Pods reach.
 */
export type RegistryName =
  | 'mirror'
  | 'origin'
  | 'mirror-by-name'
  | 'mirror-for-pods'
  | 'origin-for-pods';

/** Access is one request to a registry. */
export interface Access {
  readonly method: string;
  /** With the query: containerd tells there for which registry it asks (`?ns=k8s.gcr.io`). */
  readonly path: string;
  readonly status: number;
  readonly userAgent: string;
}

interface RegistryOptions {
  /** Whose images it has; its own where it is not said. */
  readonly imagesOf?: RegistryName;
  /** Files of a certificate and its key; without it speaks HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/**
 * Starts a registry that listens at `address`, and is started again whenever it ends. Returns when
 * it listens.
 */
export async function startRegistry(
  cluster: Cluster,
  name: RegistryName,
  address: string,
  { imagesOf = name, tls }: RegistryOptions = {},
): Promise<void> {
  const folder = join(cluster.address.folder, 'registry', name);
  const images = join(cluster.address.folder, 'registry', imagesOf, 'data');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'config.yml');
  const configuration = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: images }, delete: { enabled: true } },
    http: { addr: address, ...(tls && { tls }) },
    log: { level: 'warn' },
  };
  writeFileSync(file, stringify(configuration));
  cluster.keepRunning(`registry-${name}`, ['docker-registry', 'serve', file]);
  const [host, port] = address.split(':');
  const connect = ['bash', '-c', `</dev/tcp/${host}/${port}`];
  await until(`the registry ${name} listens`, () =>
    cluster.inside(connect).then(
      () => true,
      () => false,
    ),
  );
}

/**
 * Parses a log in the combined format of Apache:
 * https://httpd.apache.org/docs/2.4/logs.html#combined
 */
export function parseAccessLog(log: string): Access[] {
  const line = /^\S+ - - \[[^\]]+\] "(\S+) (\S+) [^"]+" (\d+) \d+ "[^"]*" "([^"]*)"$/gm;
  return [...log.matchAll(line)].map(([, method = '', path = '', status, userAgent = '']) => ({
    method,
    path,
    status: Number(status),
    userAgent,
  }));
}
