import type { YAMLError } from 'yaml';
import type { Diagnostic } from './diagnostic.ts';
import type { Lines } from './position.ts';

/** Describes a mistake that the YAML library found. */
export function describeSyntax(error: YAMLError, lines: Lines): Omit<Diagnostic, 'severity'> {
  const [message, expected] = wordsFor(error);
  return { ...lines.position(error.pos[0]), code: 'yaml-syntax', message, expected };
}

export function wordsFor(error: YAMLError): readonly [message: string, expected: string] {
  return words[error.code] ?? [error.message, 'YAML or JSON'];
}

/** Used for what the library says in the words of programmers. */
const words: Readonly<Record<string, readonly [message: string, expected: string]>> = {
  BAD_ALIAS: ['* begins an alias', '"*" in quotes'],
  NON_STRING_KEY: ['a key is a list, a mapping or an alias', 'a text'],
};
