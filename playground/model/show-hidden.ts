import { formatCodePoint, replaceHidden } from '../../src/rules/hidden-characters.ts';

/** Returns a text with invisible characters, and those that change its direction, as `⟨U+200B⟩`. */
export function showHidden(text: string): string {
  return replaceHidden(text, (character) => `⟨${formatCodePoint(character)}⟩`);
}
