import type { Call } from '../call.ts';
import { requestError } from '../error-answer.ts';
import { listOf, pagesOf } from '../pages.ts';
import type { Repository } from '../repository.ts';
import type { Transport } from '../transport.ts';
import { namesIndex, type TagEntry, tagEntry } from './tag-entry.ts';

/** Lists a repository by Harbor's API: artifacts, each with its tags. */
export async function* listHarbor(
  transport: Transport,
  repository: Repository,
): AsyncGenerator<readonly TagEntry[], void, undefined> {
  const [project = '', ...rest] = repository.name.split('/');
  // Harbor wants a slash in a name encoded twice, because proxies decode it once.
  const name = encodeURIComponent(encodeURIComponent(rest.join('/')));
  const path = `/api/v2.0/projects/${project}/repositories/${name}/artifacts`;
  const call: Call = {
    repository,
    action: 'pull',
    method: 'GET',
    target: `${path}?page_size=100&with_tag=true`,
    login: 'basic',
    what: `GET artifacts of ${repository.name} from its API`,
  };
  for await (const { json } of pagesOf(transport, call)) {
    // The page of a proxy must not be taken for an empty list.
    if (!Array.isArray(json)) throw requestError(call, 'the answer is not a list');
    yield listOf(json).flatMap(entriesOf);
  }
}

function entriesOf({ digest, tags, push_time, manifest_media_type }: Record<string, unknown>) {
  const isIndex = namesIndex(manifest_media_type);
  return listOf(tags).flatMap((tag) =>
    tagEntry({ tag: tag.name, digest, updated: tag.push_time ?? push_time, isIndex }),
  );
}
