import type { YAMLError } from 'yaml';
import type { Diagnostic } from './diagnostic.ts';
import type { Lines } from './position.ts';

/** Describes a mistake that the YAML library found. */
export function describeSyntax(error: YAMLError, lines: Lines): Omit<Diagnostic, 'severity'> {
  const [message, expected] = describeMistake(error);
  return { ...lines.position(error.pos[0]), code: 'yaml-syntax', message, expected };
}

/**
 * Returns the message for a mistake, and what was expected; the library's own message if that is
 * clear.
 */
export function describeMistake(error: YAMLError): readonly [message: string, expected: string] {
  return descriptions[error.code] ?? [error.message, 'YAML or JSON'];
}

/** Used for what the library says in the words of programmers. */
const descriptions: Readonly<Record<string, readonly [message: string, expected: string]>> = {
  BAD_ALIAS: ['* begins an alias', '"*" in quotes'],
  NON_STRING_KEY: ['a key is a list, a mapping or an alias', 'a text'],
};
