/*
 * Docker Hub, whose names are the only ones that mean another: its aliases, and `library/` of
 * official images.
 */

/** Names Docker Hub: the registry of an image that names no registry. */
export const dockerHub = 'docker.io';
/** Names Docker Hub as well; the grammar reads it as `docker.io`. */
export const legacyDockerHub = 'index.docker.io';
/**
 * Names the host of Docker Hub's API, which nodes ask; the grammar does not know that it is Docker
 * Hub.
 */
export const dockerHubHost = 'registry-1.docker.io';
/** Lists the other hosts that mean Docker Hub, in lower case. */
export const dockerHubAliases: readonly string[] = [legacyDockerHub, dockerHubHost];
/** Begins the repositories of official images: `docker.io/nginx` is `docker.io/library/nginx`. */
export const officialPrefix = 'library/';

/** Returns the host of a registry in lower case, Docker Hub under one name. */
export function canonicalHost(registry: string): string {
  // Most images: the parser has filled it in.
  if (registry === dockerHub) return registry;
  const host = registry.toLowerCase();
  return host === legacyDockerHub || host === dockerHubHost ? dockerHub : host;
}

/**
 * Returns a repository of Docker Hub by its whole name: one of a single segment is an official
 * image.
 */
export function officialPath(path: string): string {
  return path.includes('/') || path === 'library' ? path : officialPrefix + path;
}

/**
 * Returns a repository of Docker Hub as its users write it: an official image without `library/`.
 * What is deeper (`library/foo/bar`) is not an official image.
 */
export function withoutOfficialPrefix(path: string): string {
  const isOfficial = path.startsWith(officialPrefix) && !path.includes('/', officialPrefix.length);
  return isOfficial ? path.slice(officialPrefix.length) : path;
}
