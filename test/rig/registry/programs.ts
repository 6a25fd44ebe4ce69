import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildOnce } from '../build-once.ts';
import { freePort, type Running, start, untilReady } from '../process.ts';

/** RegistryProgram is a registry that others wrote, on a port of 127.0.0.1. */
export interface RegistryProgram {
  /** As references name it. */
  readonly host: string;
  readonly process: Running;
  stop(): Promise<void>;
}

/** Programs by their names: Debian's `docker-registry` is distribution 2.8. */
export type RegistryProgramName = 'docker-registry' | 'distribution' | 'crane';

/** Certificate is that of the registry, as files. Without one it speaks HTTP. */
interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * Starts a registry with its images in `folder`. The first use builds it, except Debian's. With
 * `htpasswd`, lines of users and bcrypt hashes, distribution wants a login.
 */
export async function startRegistryProgram(
  name: RegistryProgramName,
  folder: string,
  certificate?: Certificate,
  htpasswd?: string,
): Promise<RegistryProgram> {
  mkdirSync(folder, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const log = join(folder, 'registry.log');
  const running =
    name === 'crane'
      ? startCrane(host, folder, log)
      : start(
          name === 'distribution' ? buildOnce('test/sync/build-registry.sh', name) : name,
          ['serve', writeConfiguration(host, folder, certificate, htpasswd)],
          log,
        );
  const scheme = certificate === undefined ? 'http' : 'https';
  const isUp = () => running.lines().some((line) => /listening on|serving on port/.test(line));
  await untilReady(`${name} listens at ${scheme}://${host}`, running, isUp, 30);
  return {
    host,
    process: running,
    stop: async () => {
      await running.stop('SIGTERM');
    },
  };
}

function startCrane(host: string, folder: string, log: string): Running {
  const program = buildOnce('test/sync/build-registry.sh', 'crane');
  return start(program, ['registry', 'serve', '--address', host, '--disk', folder], log);
}

/** Writes a configuration of distribution: https://distribution.github.io/distribution/about/configuration/ */
function writeConfiguration(
  host: string,
  folder: string,
  certificate?: Certificate,
  htpasswd?: string,
): string {
  const users = join(folder, 'htpasswd');
  if (htpasswd !== undefined) writeFileSync(users, htpasswd);
  const file = join(folder, 'config.yml');
  const { certFile, keyFile } = certificate ?? {};
  // JSON is YAML.
  const text = JSON.stringify({
    version: 0.1,
    storage: {
      filesystem: { rootdirectory: join(folder, 'images') },
      delete: { enabled: true },
    },
    http: {
      addr: host,
      ...(certificate && { tls: { certificate: certFile, key: keyFile } }),
    },
    ...(htpasswd !== undefined && { auth: { htpasswd: { realm: 'registry', path: users } } }),
    log: { level: 'info' },
  });
  writeFileSync(file, text);
  return file;
}
