import { quoted } from '../../manifest/quoted.ts';

/** A basic string of TOML. */
export function tomlString(text: string): string {
  return quoted(text);
}

export function tomlStrings(texts: readonly string[]): string {
  return `[${texts.map(tomlString).join(', ')}]`;
}
