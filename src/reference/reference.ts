import { colon, isIn, upper } from './character.ts';
import { dockerHub, legacyDockerHub, officialPrefix } from './docker-hub.ts';
import { isDigest, isDomain, isImageId, maxPathLength, scanPath, scanTag } from './grammar.ts';

/**
 * Reference is an image reference: what it means (normalized: Docker's defaults filled in) and how
 * it was written.
 */
export interface Reference {
  /**
   * Host with optional port, as written; `docker.io` where none or `index.docker.io` was written.
   * Empty for a name such as `host_underscore.com/x`, which the grammar takes for a path although
   * its first segment looks like a host; see `nodeReference`.
   */
  readonly registry: string;
  /** Path in the registry, with `library/` filled in for Docker Hub's official images. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** Algorithm and hex digits: `sha256:…`. */
  readonly digest: string | undefined;
  /** The registry as written; undefined where none was. */
  readonly writtenRegistry: string | undefined;
  /** The repository as written. */
  readonly writtenRepository: string;
}

const dotCode = 46;
const colonCode = 58;
const atCode = 64;

/**
 * Parses a reference as `ParseNormalizedNamed` of distribution/reference v0.6 does. Returns
 * undefined if that fails.
 */
export function parseReference(text: string): Reference | undefined {
  if (isImageId(text)) return undefined;
  const hostEnd = registryEnd(text);
  if (hostEnd === -1) return parseName(text, dockerHub, undefined, 0);
  // Text that looks like a host but is none can still be a path without a domain
  // (`host_underscore.com/x`).
  if (!isDomain(text, hostEnd)) return parseName(text, '', undefined, 0);
  const written = text.slice(0, hostEnd);
  return parseName(text, written === legacyDockerHub ? dockerHub : written, written, hostEnd + 1);
}

/**
 * Parses a reference as a node does that pulls it: with the registry that is asked, and the
 * repository there. containerd takes everything before the first slash for the host, so it asks
 * `host_underscore.com` for `x`. Rules see this form.
 */
export function nodeReference(text: string): Reference | undefined {
  const reference = parseReference(text);
  if (reference === undefined || reference.registry !== '') return reference;
  const { repository: name } = reference;
  const hostEnd = name.indexOf('/');
  return { ...reference, registry: name.slice(0, hostEnd), repository: name.slice(hostEnd + 1) };
}

/**
 * Returns where the first segment ends if it is a registry, else -1. It is one if it is `localhost`
 * or has a `.`, a `:` or an upper-case letter (`splitDockerDomain`).
 */
export function registryEnd(text: string): number {
  const end = text.indexOf('/');
  if (end === -1) return -1;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === dotCode || isIn(code, upper | colon)) return end;
  }
  return end === 9 && text.startsWith('localhost') ? end : -1;
}

function parseName(
  text: string,
  registry: string,
  writtenRegistry: string | undefined,
  start: number,
): Reference | undefined {
  const pathEnd = scanPath(text, start);
  if (pathEnd === -1) return undefined;
  let end = pathEnd;
  let tag: string | undefined;
  if (text.charCodeAt(end) === colonCode) {
    end = scanTag(text, pathEnd + 1);
    if (end === -1) return undefined;
    tag = text.slice(pathEnd + 1, end);
  }
  let digest: string | undefined;
  if (text.charCodeAt(end) === atCode) {
    if (!isDigest(text, end + 1)) return undefined;
    digest = text.slice(end + 1);
    end = text.length;
  }
  if (end !== text.length) return undefined;
  const writtenRepository = text.slice(start, pathEnd);
  const isOfficial = registry === dockerHub && !writtenRepository.includes('/');
  const repository = isOfficial ? officialPrefix + writtenRepository : writtenRepository;
  if (repository.length > maxPathLength) return undefined;
  return { registry, repository, tag, digest, writtenRegistry, writtenRepository };
}

/**
 * Returns the reference as it was written: `formatReference(parseReference(text))` is `text`, byte
 * for byte.
 */
export function formatReference(reference: Reference): string {
  const { writtenRegistry, writtenRepository } = reference;
  const name =
    writtenRegistry === undefined ? writtenRepository : `${writtenRegistry}/${writtenRepository}`;
  return name + formatTagAndDigest(reference);
}

/**
 * Returns the tag that is pulled, which is `latest` if a reference names neither tag nor digest;
 * undefined if it names a digest alone.
 */
export function pulledTag({ tag, digest }: Pick<Reference, 'tag' | 'digest'>): string | undefined {
  return tag ?? (digest === undefined ? 'latest' : undefined);
}

/** Returns `:tag`, `@digest`, `:tag@digest` or an empty text. */
export function formatTagAndDigest({ tag, digest }: Pick<Reference, 'tag' | 'digest'>): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}
