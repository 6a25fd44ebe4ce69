import { maxPathLength, scanPath } from '../reference/grammar.ts';
import { namesOf } from './pages.ts';
import type { Transport } from './transport.ts';

/**
 * Lists the repositories of a registry, in no particular order, by the catalog of distribution
 * (https://distribution.github.io/distribution/spec/api/#listing-repositories). It is not in the OCI
 * spec: many registries refuse it, or show it to administrators only.
 *
 * @throws RegistryError
 */
export function catalogOf(
  transport: Transport,
  registry: string,
): AsyncGenerator<string, void, undefined> {
  return namesOf(
    transport,
    {
      repository: { registry, name: '' },
      action: 'list',
      method: 'GET',
      target: '/v2/_catalog',
      what: 'GET the catalog of repositories',
    },
    repositoriesIn,
    isRepositoryName,
  );
}

function repositoriesIn({ repositories }: Record<string, unknown>): readonly unknown[] | undefined {
  if (Array.isArray(repositories)) return repositories;
  return repositories === null ? [] : undefined;
}

/** Reports whether a value is the name of a repository: anything else could lead a request elsewhere. */
function isRepositoryName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= maxPathLength &&
    scanPath(value, 0) === value.length
  );
}
