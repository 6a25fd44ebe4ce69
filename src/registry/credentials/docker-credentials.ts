import { homedir } from 'node:os';
import { join } from 'node:path';
import { readFileWithin } from '../../file/read-within.ts';
import { dockerHub } from '../../reference/docker-hub.ts';
import type { Repository } from '../repository.ts';
import { askHelper } from './credential-helper.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { type DockerConfig, parseDockerConfig } from './docker-config.ts';

/** How long a login is used before it is looked up again: tokens of helpers expire. */
const lookupLifetime = 300_000;
const maxFile = 4 * 1024 * 1024;

/**
 * Finds logins where Docker and Podman keep them. $REGISTRY_AUTH_FILE is the only file if it is set;
 * else Docker's config.json goes before Podman's auth.json. In a file the longest key wins, so one
 * registry may have several accounts by path (`quay.io/team`). `signal` ends helpers that are asked.
 */
export function dockerCredentials(env: NodeJS.ProcessEnv, signal?: AbortSignal): CredentialSource {
  const configs = keptFor(lookupLifetime, () => readConfigs(env));
  const logins = new Map<string, Kept<Credentials | undefined>>();
  return async (repository) => {
    for (const config of await configs()) {
      const found = findLogin(config, repository);
      if (found === undefined) continue;
      if (!('helper' in found)) return found;
      const key = `${found.helper} ${found.server}`;
      const ask = () => askHelper(found.helper, found.server, env, { signal });
      const login = logins.get(key) ?? keptFor(lookupLifetime, ask);
      logins.set(key, login);
      const credentials = await login();
      if (credentials !== undefined) return credentials;
    }
    return undefined;
  };
}

type Kept<T> = () => Promise<T>;

/** Keeps a result for a time. A failure is not kept. */
function keptFor<T>(lifetime: number, read: () => Promise<T>): Kept<T> {
  let kept: { readonly result: Promise<T>; readonly until: number } | undefined;
  return () => {
    if (kept !== undefined && performance.now() < kept.until) return kept.result;
    const result = read();
    const mine = { result, until: performance.now() + lifetime };
    kept = mine;
    result.catch(() => {
      if (kept === mine) kept = undefined;
    });
    return result;
  };
}

/** HelperLogin is a login that a helper knows. */
interface HelperLogin {
  readonly helper: string;
  readonly server: string;
}

/** Finds what a file says about a repository; the key with the most segments wins. */
function findLogin(
  { auths, credHelpers, credsStore }: DockerConfig,
  { registry, name }: Repository,
): Credentials | HelperLogin | undefined {
  const server = registry === dockerHub ? 'https://index.docker.io/v1/' : registry;
  const segments = name.split('/');
  for (let count = segments.length; count > 0; count--) {
    const login = auths.get(`${registry}/${segments.slice(0, count).join('/')}`);
    if (login !== undefined) return login;
  }
  const helper = credHelpers.get(registry) ?? credsStore;
  const login = auths.get(registry);
  // A registry that a login was stored for in the file itself needs no store.
  if (helper !== undefined && (credHelpers.has(registry) || login === undefined))
    return { helper, server };
  return login;
}

async function readConfigs(env: NodeJS.ProcessEnv): Promise<DockerConfig[]> {
  const configs: DockerConfig[] = [];
  for (const file of filesOf(env)) {
    const text = await readFileWithin(file, maxFile).catch((error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
      if (isMissing && file !== env.REGISTRY_AUTH_FILE) return undefined;
      throw new Error(`${file} cannot be read: ${error.message}`);
    });
    if (text === undefined || text.trim() === '') continue;
    try {
      configs.push(parseDockerConfig(text));
    } catch (error) {
      throw new Error(`${file} ${(error as Error).message}`);
    }
  }
  return configs;
}

function filesOf(env: NodeJS.ProcessEnv): string[] {
  if (env.REGISTRY_AUTH_FILE) return [env.REGISTRY_AUTH_FILE];
  const home = env.HOME || homedir();
  const files = [join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json')];
  if (env.XDG_RUNTIME_DIR) files.push(join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json'));
  files.push(join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'));
  return files;
}
