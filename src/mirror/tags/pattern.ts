import { RE2JS } from 're2js';

/**
 * Returns a function that reports whether the whole of a tag matches a pattern of RE2. Its time
 * grows with the length of the tag only, whatever the pattern.
 */
export function tagsLike(pattern: string): (tag: string) => boolean {
  const compiled = RE2JS.compile(pattern);
  return (tag) => compiled.matches(tag);
}
