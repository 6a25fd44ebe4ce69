import { scanTag } from '../reference/grammar.ts';
import type { Call } from './call.ts';
import { namesOf } from './pages.ts';
import type { Repository } from './repository.ts';
import type { Transport } from './transport.ts';

/**
 * Lists the tags of a repository, in no particular order. The registry chooses the size of a page,
 * because each registry refuses different sizes.
 *
 * @throws RegistryError, with status 404 if there is no such repository
 */
export function tagsOf(
  transport: Transport,
  repository: Repository,
): AsyncGenerator<string, void, undefined> {
  return namesOf(transport, tagsCall(repository), tagsIn, isTag);
}

function tagsIn({ name, tags }: Record<string, unknown>): readonly unknown[] | undefined {
  if (Array.isArray(tags)) return tags;
  // If there are none, distribution sends null; others may leave the list out.
  const isEmpty = tags === null || (tags === undefined && name !== undefined);
  return isEmpty ? [] : undefined;
}

/** Returns the request for the tags of a repository. */
export function tagsCall(repository: Repository): Call {
  const { name } = repository;
  return {
    repository,
    action: 'pull',
    method: 'GET',
    target: `/v2/${name}/tags/list`,
    what: `GET tags of ${name}`,
  };
}

/** Reports whether a value is a tag: anything else could lead a request elsewhere. */
export function isTag(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && scanTag(value, 0) === value.length;
}
