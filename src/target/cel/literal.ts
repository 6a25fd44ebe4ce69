import { quoted } from '../../manifest/quoted.ts';
import { findHidden } from '../../rules/hidden-characters.ts';

/** Writing CEL: literals, regular expressions (RE2) and globs. */

/** A string. */
export function text(value: string): string {
  return quoted(value);
}

/** A regular expression, raw if it can be: a reader then meets each backslash once. */
export function pattern(expression: string): string {
  const isRaw = !expression.includes('"') && findHidden(expression) === undefined;
  return isRaw ? `r"${expression}"` : text(expression);
}

export function list(values: readonly (string | number)[]): string {
  return `[${values.map((value) => (typeof value === 'string' ? text(value) : value)).join(', ')}]`;
}

/** What matches exactly `literal`. */
export function quote(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** What matches a text that one of the globs matches; of no globs, none. */
export function globs(globs: readonly string[]): string {
  if (globs.length === 0) return matchesNothing;
  const alternatives = globs.map((glob) =>
    quote(glob).replaceAll('\\*', '.*').replaceAll('\\?', '.'),
  );
  return `^(?s:${alternatives.join('|')})$`;
}

const matchesNothing = '^[^\\s\\S]$';

/** A copy of the map `x`, which has `fields`, with further ones: CEL has no other way to keep what it found out. */
export function extended(
  fields: readonly string[],
  added: Readonly<Record<string, string>>,
): string {
  const copied = fields.map((name) => `"${name}": x.${name}`);
  const further = Object.entries(added).map(([name, value]) => `"${name}": ${value}`);
  return `{${[...copied, ...further].join(', ')}}`;
}
