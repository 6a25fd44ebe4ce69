import { escapeCharacter } from './escape.ts';

/**
 * Control and format characters, separators of lines and paragraphs, halves of surrogate pairs, and
 * what is drawn as nothing. Nobody sees them, and readers of YAML disagree about some of them:
 * U+2028 ends a line for Go's.
 */
const hidden =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;
/**
 * The same but for what a message may have: lines, tabs, and what joins letters and emoji or
 * chooses their form.
 */
const hiddenInMessage = new RegExp(
  `(?![\\n\\t\\u200c\\u200d]|\\p{Variation_Selector})${hidden.source}`,
  'u',
);
const onOtherLine = new RegExp(`[\\n\\t]|${hiddenInMessage.source}`, 'gu');
const everyHidden = new RegExp(hidden.source, 'gu');
const plain = /^[\x20-\x7e]*$/;

/** Returns the first character of `text` that nobody sees. */
export function findHidden(text: string, isMessage = false): string | undefined {
  if (plain.test(text)) return undefined;
  return (isMessage ? hiddenInMessage : hidden).exec(text)?.[0];
}

/**
 * Returns `text` on one line, with escapes for what could command a terminal or reorder what it
 * shows.
 */
export function escapeHidden(text: string): string {
  return text.replace(onOtherLine, (found) => found.replace(/[\s\S]/g, escapeCharacter));
}

/** Returns `text` with each character that nobody sees replaced. */
export function replaceHidden(text: string, replace: (character: string) => string): string {
  return plain.test(text) ? text : text.replace(everyHidden, replace);
}

/** Returns the number of a character as Unicode writes it: `U+2028`. */
export function formatCodePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
