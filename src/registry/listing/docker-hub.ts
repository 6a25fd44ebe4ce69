import { officialPath } from '../../reference/docker-hub.ts';
import type { Answer, Call } from '../call.ts';
import { requestError } from '../error-answer.ts';
import { listOf, mostPages, objectIn } from '../pages.ts';
import type { Repository } from '../repository.ts';
import { resolveLocation } from '../request/redirect.ts';
import type { Transport } from '../transport.ts';
import { type ListedFacts, namesIndex, type TagEntry, tagEntry } from './tag-entry.ts';

const host = 'hub.docker.com';
const api = `https://${host}`;
const maxPage = 16 * 1024 * 1024;

/**
 * Lists a repository by Docker Hub's API, which is another host: it gets no login, so private
 * repositories are not listed. https://docs.docker.com/reference/api/hub/latest/
 */
export async function* listDockerHub(
  transport: Transport,
  repository: Repository,
): AsyncGenerator<readonly TagEntry[], void, undefined> {
  const [namespace = '', ...rest] = officialPath(repository.name).split('/');
  const path = `/v2/namespaces/${namespace}/repositories/${rest.join('/')}/tags`;
  // A host of its own: if it cannot be reached, that says nothing about the registry.
  const hub: Repository = { registry: host, name: repository.name };
  let target: URL | undefined = new URL(`${path}?page_size=100`, api);
  for (let pages = 0; target !== undefined; pages++) {
    const call: Call = {
      repository: hub,
      action: 'pull',
      method: 'GET',
      target,
      login: 'none',
      isJson: true,
      limit: maxPage,
      what: `GET tags of ${repository.name}`,
    };
    // A part of a list must not be taken for all of it.
    if (target.origin !== api || pages === mostPages)
      throw requestError(call, 'the list does not end');
    const page: Answer = await transport.send(call);
    const { results, next } = objectIn(page);
    yield listOf(results).flatMap(({ name, digest, last_updated, media_type, images }) =>
      tagEntry({ tag: name, digest, updated: last_updated, ...sizeOf(digest, media_type, images) }),
    );
    target = typeof next === 'string' ? resolveLocation(next, page.url) : undefined;
  }
}

/** `images` are those of an index, or one image that has the digest of the tag. */
function sizeOf(
  digest: unknown,
  mediaType: unknown,
  images: unknown,
): Pick<ListedFacts, 'isIndex' | 'manifests'> {
  const listed = listOf(images);
  const isIndex = namesIndex(mediaType);
  if (listed.length === 0) return { isIndex };
  const isOne = listed.length === 1 && listed[0]?.digest === digest;
  if (isOne) return { isIndex: false, manifests: 1 };
  return { isIndex: isIndex ?? listed.length > 1, manifests: listed.length + 1 };
}
