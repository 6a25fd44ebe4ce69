import { canonicalHost, dockerHub, withoutOfficialPrefix } from '../reference/docker-hub.ts';
import { formatTagAndDigest, nodeReference } from '../reference/reference.ts';
import { placeOf } from '../rules/place.ts';

/**
 * Lists the ways in which a Pod can name an image that rules distinguish: `nginx` and
 * `library/nginx` go to different names at the mirror unless the rule says `library`. As written
 * first.
 */
export function spellingsOf(image: string): readonly string[] {
  const reference = nodeReference(image);
  if (reference === undefined || canonicalHost(reference.registry) !== dockerHub) return [image];
  const { repository } = placeOf(reference);
  const short = withoutOfficialPrefix(repository);
  if (short === repository) return [image];
  const suffix = formatTagAndDigest(reference);
  const isShort = reference.writtenRepository === short;
  return [image, (isShort ? repository : short) + suffix];
}
