import * as v from 'valibot';
import type { ReadableEntry, ReadableFile } from './compile.ts';
import { ruleSchema, rulesFileSchema } from './schema.ts';

/** Returns what is valid in an invalid file, so that its other mistakes are found as well. */
export function validParts(value: unknown): ReadableFile {
  const { mirror, bypass } = pick(value, rulesFileSchema.entries);
  const rules = isObject(value) ? value.rules : undefined;
  return {
    version: 1,
    ...(typeof mirror === 'string' && { mirror }),
    ...((typeof bypass === 'string' || bypass === false) && { bypass }),
    rules: Array.isArray(rules) ? rules.map(validRule) : [],
  };
}

/**
 * Returns undefined if it is unclear what the rule does: a guess would report mistakes that nobody
 * made.
 */
function validRule(value: unknown): ReadableEntry | undefined {
  if (!isObject(value)) return undefined;
  const entry = pick(value, ruleSchema.entries) as ReadableEntry;
  const isUnclear = (['to', 'keep', 'deny'] as const).some(
    (key) => key in value && !(key in entry),
  );
  return isUnclear ? undefined : entry;
}

/** Returns the keys whose values are valid. */
function pick(
  value: unknown,
  schemas: Readonly<Record<string, v.GenericSchema>>,
): Record<string, unknown> {
  if (!isObject(value)) return {};
  const right = Object.entries(schemas).filter(
    ([key, schema]) => Object.hasOwn(value, key) && v.is(schema, value[key]),
  );
  return Object.fromEntries(right.map(([key]) => [key, value[key]]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
