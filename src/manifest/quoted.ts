import { replaceHidden } from '../rules/hidden-characters.ts';

/**
 * Writes a text in double quotes, with escapes that YAML, TOML and CEL share with each other and,
 * but for the rare characters beyond U+FFFF that nobody sees, with JSON. None of them has half of a
 * surrogate pair: it becomes U+FFFD.
 */
export function quoted(text: string): string {
  return replaceHidden(JSON.stringify(text.replace(/\p{Cs}/gu, '\ufffd')), escapeCharacter);
}

function escapeCharacter(character: string): string {
  const number = (character.codePointAt(0) ?? 0).toString(16);
  return number.length > 4 ? `\\U${number.padStart(8, '0')}` : `\\u${number.padStart(4, '0')}`;
}
