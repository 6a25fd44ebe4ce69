import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { until } from '../../e2e/rig/process.ts';
import type { Cluster } from './cluster.ts';

/** One request to a registry. */
export interface Access {
  readonly method: string;
  /** With the query: containerd tells there for which registry it asks (`?ns=k8s.gcr.io`). */
  readonly path: string;
  readonly status: number;
  readonly userAgent: string;
}

export async function startRegistry(
  cluster: Cluster,
  name: string,
  address: string,
): Promise<void> {
  const folder = join(cluster.address.folder, 'registry', name);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'config.yml');
  const configuration = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: address },
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

/** In the combined format of Apache: https://httpd.apache.org/docs/2.4/logs.html#combined */
export function parseAccessLog(log: string): Access[] {
  const line = /^\S+ - - \[[^\]]+\] "(\S+) (\S+) [^"]+" (\d+) \d+ "[^"]*" "([^"]*)"$/gm;
  return [...log.matchAll(line)].map(([, method = '', path = '', status, userAgent = '']) => ({
    method,
    path,
    status: Number(status),
    userAgent,
  }));
}
