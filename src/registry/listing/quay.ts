import type { Call } from '../call.ts';
import { requestError } from '../error-answer.ts';
import { listOf, mostPages, objectIn } from '../pages.ts';
import type { Repository } from '../repository.ts';
import type { Transport } from '../transport.ts';
import { type TagEntry, tagEntry } from './tag-entry.ts';

const maxPage = 16 * 1024 * 1024;

/**
 * Lists a public repository by Quay's API, which takes no login of a registry. More than 100 tags on
 * a page are an error.
 */
export async function* listQuay(
  transport: Transport,
  repository: Repository,
): AsyncGenerator<readonly TagEntry[], void, undefined> {
  for (let number = 1, isMore = true; isMore; number++) {
    const call: Call = {
      repository,
      action: 'pull',
      method: 'GET',
      target: `/api/v1/repository/${repository.name}/tag/?limit=100&page=${number}&onlyActiveTags=true`,
      login: 'none',
      isJson: true,
      limit: maxPage,
      what: `GET tags of ${repository.name} from its API`,
    };
    const { tags, has_additional } = objectIn(await transport.send(call));
    const found = listOf(tags);
    isMore = has_additional === true;
    // A part of a list must not be taken for all of it.
    if (isMore && (found.length === 0 || number === mostPages))
      throw requestError(call, 'the list does not end');
    yield found.flatMap(({ name, manifest_digest, last_modified, is_manifest_list }) =>
      tagEntry({
        tag: name,
        digest: manifest_digest,
        updated: last_modified,
        isIndex: typeof is_manifest_list === 'boolean' ? is_manifest_list : undefined,
      }),
    );
  }
}
