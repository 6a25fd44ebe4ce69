import { dockerHub, dockerHubHost } from '../reference/docker-hub.ts';

/** Returns where a registry answers: `docker.io` itself is a web site. */
export function baseOf(registry: string, isPlainHttp: boolean): URL {
  const host = registry === dockerHub ? dockerHubHost : registry;
  return new URL(`${isPlainHttp ? 'http' : 'https'}://${host}`);
}
