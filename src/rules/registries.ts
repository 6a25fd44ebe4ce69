import { dockerHub } from '../reference/docker-hub.ts';
import { withOfficialPaths } from './official-paths.ts';
import type { Place } from './place.ts';
import type { RegistryFacts } from './registry-schema.ts';
import { descend, rootOf, type Tree } from './tree.ts';

/*
 * Which facts of `registries` are for an image. Each fact is looked up for itself: what a key with a
 * path does not say, the key of its registry may.
 */

/** RegistryEntry is a key of `registries` with what it says. */
export interface RegistryEntry {
  /** As written. */
  readonly key: string;
  /** As rules see it: in lower case, Docker Hub under one name. */
  readonly host: string;
  /** The first segments of a repository; may be empty. */
  readonly path: string;
  readonly facts: RegistryFacts;
}

/** RegistryNode is a segment of the index of registries. */
interface RegistryNode extends Tree<RegistryNode> {
  facts?: RegistryFacts;
}

/** Registries are the facts of a file about registries, compiled for finding. */
export interface Registries {
  /** In the order of the file, with those that follow from them. */
  readonly entries: readonly RegistryEntry[];
  readonly hosts: ReadonlyMap<string, RegistryNode>;
  /** Whether any names pull secrets: without them nothing is looked up for a Pod. */
  readonly hasPullSecrets: boolean;
}

/** Builds the index over entries of which no two name the same place. */
export function buildRegistries(written: readonly RegistryEntry[]): Registries {
  const entries = [...written, ...officialImages(written)];
  const hosts = new Map<string, RegistryNode>();
  for (const { host, path, facts } of entries) {
    descend(rootOf(hosts, host), path).facts = facts;
  }
  const hasPullSecrets = entries.some(({ facts }) => (facts.pullSecrets ?? []).length > 0);
  return { entries, hosts, hasPullSecrets };
}

/**
 * Finds what is said about a repository: the longest key that has the fact counts. `repository` is
 * empty for a registry as a whole.
 */
export function findFact<Name extends keyof RegistryFacts>(
  { hosts }: Pick<Registries, 'hosts'>,
  { host, repository }: Pick<Place, 'host' | 'repository'>,
  name: Name,
): RegistryFacts[Name] | undefined {
  let node = hosts.get(host);
  let found: RegistryFacts[Name] | undefined;
  for (let start = 0; node !== undefined; ) {
    found = node.facts?.[name] ?? found;
    if (node.children === undefined || start > repository.length) return found;
    const slash = repository.indexOf('/', start);
    const end = slash === -1 ? repository.length : slash;
    node = node.children.get(repository.slice(start, end));
    start = end + 1;
  }
  return found;
}

function officialImages(entries: readonly RegistryEntry[]): RegistryEntry[] {
  const pathOf = ({ host, path }: RegistryEntry) => (host === dockerHub ? path : undefined);
  return withOfficialPaths(entries, pathOf).map(([entry, path]) => ({ ...entry, path }));
}
