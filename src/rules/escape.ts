/** Returns a character as JavaScript and JSON write it, `\\u0007`, one half at a time if it has two. */
export function escapeCharacter(character: string): string {
  const halves = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return halves.map((code) => `\\u${code.toString(16).padStart(4, '0')}`).join('');
}
