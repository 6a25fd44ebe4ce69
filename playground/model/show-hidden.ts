import { formatCodePoint, replaceHidden } from '../../src/rules/hidden-characters.ts';

/** Returns a text with what nobody sees, or what turns the direction of the rest, as `⟨U+200B⟩`. */
export function showHidden(text: string): string {
  return replaceHidden(text, (character) => `⟨${formatCodePoint(character)}⟩`);
}
