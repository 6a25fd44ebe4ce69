import { parseOrigin } from './origin.ts';

/** What was probably meant by a `from` that nothing can match: without scheme, tag, digest, wildcard or slash at its end. */
export function suggestOrigin(from: string): string | undefined {
  const bare = from
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/@.*$/, '')
    .replace(/(?<=[^:/]):[A-Za-z_][\w.-]*$|(?<=\/[^/]*):[\w.-]+$/, '')
    .replace(/[/*]+$/, '');
  const candidates = [bare, bare.toLowerCase(), `docker.io/library/${bare}`];
  if (bare.includes('/')) candidates[2] = `docker.io/${bare}`;
  return candidates.find((candidate) => candidate !== from && parseOrigin(candidate) !== undefined);
}
