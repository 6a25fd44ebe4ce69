import { isDigest, scanTag } from '../reference/grammar.ts';

/*
 * What follows the repository in a name: `:tag`, `@digest`, or `:tag@digest`.
 */

/** Splits a name before its suffix, which is empty if it has none. A registry may have a port. */
export function splitSuffix(name: string): { name: string; suffix: string } {
  const slash = name.lastIndexOf('/');
  const start = slash === -1 ? -1 : name.slice(slash).search(/[:@]/);
  if (start === -1) return { name, suffix: '' };
  return { name: name.slice(0, slash + start), suffix: name.slice(slash + start) };
}

/** Reports whether a text is a tag with its colon. */
function isTag(suffix: string): boolean {
  return suffix[0] === ':' && scanTag(suffix, 1) === suffix.length;
}

/** Reports whether a text is a digest with its `@`. */
function isDigestSuffix(suffix: string): boolean {
  return suffix[0] === '@' && isDigest(suffix, 1);
}

/** Reports whether a text is `:tag` or `@digest`, by which one image can be named. */
export function namesImage(suffix: string): boolean {
  return isTag(suffix) || isDigestSuffix(suffix);
}

/** Reports whether a text is `:tag`, `@digest` or both. */
export function isSuffix(suffix: string): boolean {
  const at = suffix.indexOf('@');
  if (at <= 0) return namesImage(suffix);
  return isTag(suffix.slice(0, at)) && isDigestSuffix(suffix.slice(at));
}
