import { quoted } from '../../manifest/quoted.ts';

/** Writes a basic string of TOML. */
export function tomlString(text: string): string {
  return quoted(text);
}

/** Writes a list of strings of TOML. */
export function tomlStrings(texts: readonly string[]): string {
  return `[${texts.map(tomlString).join(', ')}]`;
}
