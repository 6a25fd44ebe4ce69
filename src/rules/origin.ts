import { canonicalHost, dockerHub, officialPath } from '../reference/docker-hub.ts';
import { isDomain, maxPathLength, scanPath } from '../reference/grammar.ts';
import { formatTagAndDigest, nodeReference, registryEnd } from '../reference/reference.ts';
import { segmentsOf } from './segments.ts';
import { namesImage, splitSuffix } from './suffix.ts';

/**
 * Origin is what a `from` names: a host, every host below one, or every host; the first segments of
 * a repository, or one image.
 */
export interface Origin {
  readonly kind: 'host' | 'below' | 'any';
  /** Lower case; for `below` with its leading dot (`.gcr.io`), for `any` empty. */
  readonly host: string;
  /** Repository prefix without slashes at its ends; may be empty. */
  readonly path: string;
  /** `:tag` or `@digest` of one image, whose repository is `path`; empty for all that is below. */
  readonly suffix: string;
}

/**
 * Limits a host with its port, in characters; only a rule from `*` matches a longer one. DNS has no
 * name that long.
 */
export const maxHostLength = 255;

/** Returns a host as a path segment: `localhost:5000` becomes `localhost-5000`. */
export function asSegment(host: string): string {
  return host.replaceAll(':', '-');
}

/** Parses a `from`. Returns undefined if no valid reference could match it. */
export function parseOrigin(from: string): Origin | undefined {
  if (from === '*') return { kind: 'any', host: '', path: '', suffix: '' };
  const { name, suffix } = splitSuffix(from);
  if (suffix !== '' && !namesImage(suffix)) return undefined;
  const isBelow = name.startsWith('*.');
  // What stands for `*` must be able to be a host: a label in its place shows whether the rest can.
  const example = isBelow ? `x${name.slice(1)}` : name;
  const written = splitName(example) ?? splitNodeName(example);
  if (written === undefined || written.registry.length > maxHostLength) return undefined;
  const { registry, path } = written;
  if (isBelow) return { kind: 'below', host: registry.slice(1).toLowerCase(), path, suffix };
  const host = canonicalHost(registry);
  // Of names with a suffix, docker.io/nginx:1 is the image alone, not also what is below nginx/.
  const isOfficial = host === dockerHub && suffix !== '';
  return { kind: 'host', host, path: isOfficial ? officialPath(path) : path, suffix };
}

/** Returns how deep a `from` lies, in segments; one image is deeper than all that is below a name. */
export function depthOf({ path, suffix }: Origin): number {
  if (suffix !== '') return Number.POSITIVE_INFINITY;
  return segmentsOf(path).length;
}

/**
 * Splits `registry[/path]` where the registry is one that the grammar has no word for, and nodes
 * ask: `host_underscore.com`.
 */
function splitNodeName(name: string): { registry: string; path: string } | undefined {
  const slash = name.indexOf('/');
  const host = (slash === -1 ? name : name.slice(0, slash)).toLowerCase();
  const reference = nodeReference(host + (slash === -1 ? '/x' : name.slice(slash)));
  if (reference?.registry !== host || formatTagAndDigest(reference) !== '') return undefined;
  return { registry: host, path: slash === -1 ? '' : reference.repository };
}

/**
 * Splits `registry[/path]`. Returns undefined if the grammar takes one of them for something else.
 */
export function splitName(name: string): { registry: string; path: string } | undefined {
  const text = name.includes('/') ? name : `${name}/`;
  const end = registryEnd(text);
  if (end === -1 || !isDomain(text, end)) return undefined;
  const path = text.slice(end + 1);
  const registry = text.slice(0, end);
  if (!name.includes('/')) return { registry, path };
  const isPath = path.length <= maxPathLength && scanPath(path, 0) === path.length;
  return isPath ? { registry, path } : undefined;
}
