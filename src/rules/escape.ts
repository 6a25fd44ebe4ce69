/** Returns a character of one UTF-16 code unit as JSON writes it (`\\u0007`). */
export function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
