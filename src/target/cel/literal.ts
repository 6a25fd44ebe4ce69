import { quoted } from '../../manifest/quoted.ts';
import { findHidden } from '../../rules/hidden-characters.ts';

/* Writing CEL: literals, regular expressions (RE2) and globs. */

/** Writes a string. */
export function text(value: string): string {
  return quoted(value);
}

/** Writes a regular expression, raw if it can be: a reader then sees each backslash once. */
export function pattern(expression: string): string {
  const isRaw = !expression.includes('"') && findHidden(expression) === undefined;
  return isRaw ? `r"${expression}"` : text(expression);
}

/** Writes a list of strings. */
export function list(values: readonly string[]): string {
  return `[${values.map(text).join(', ')}]`;
}

/** Returns the regular expression that matches exactly `literal`. */
export function quote(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/**
 * Returns the regular expression that matches what one of the globs matches: nothing if there are
 * none.
 */
export function globs(globs: readonly string[]): string {
  if (globs.length === 0) return matchesNothing;
  const alternatives = globs.map((glob) =>
    quote(glob).replaceAll('\\*', '.*').replaceAll('\\?', '.'),
  );
  return `^(?s:${alternatives.join('|')})$`;
}

const matchesNothing = '^[^\\s\\S]$';
