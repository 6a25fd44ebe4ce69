import * as v from 'valibot';
import type { ReadableFile } from './compile.ts';
import type { ReadableEntry } from './compile-entry.ts';
import { isMapping } from './is-mapping.ts';
import { factsOfRegistry } from './registry-schema.ts';
import { ruleSchema, rulesFileSchema } from './schema.ts';

/** Returns what is valid in an invalid file, so that its other mistakes are found as well. */
export function validParts(value: unknown): ReadableFile {
  const { rules, namespaceRules, registries } = isMapping(value) ? value : {};
  return {
    ...pick(value, rulesFileSchema.entries),
    version: 1,
    rules: Array.isArray(rules) ? rules.map(validRule) : [],
    registries: isMapping(registries) ? validRegistries(registries) : undefined,
    namespaceRules: isMapping(namespaceRules)
      ? { to: [namespaceRules.to].flat().map(validText) }
      : undefined,
  };
}

function validRule(value: unknown): ReadableEntry | undefined {
  if (!isMapping(value)) return undefined;
  const entry: ReadableEntry = pick(value, ruleSchema.entries);
  // A guess would report mistakes that nobody made.
  const isUnclear = (['to', 'keep', 'deny'] as const).some(
    (key) => key in value && !(key in entry),
  );
  return { ...entry, from: [value.from].flat().map(validText), isUnclear };
}

function validRegistries(registries: Readonly<Record<string, unknown>>) {
  const entries = Object.entries(registries);
  return Object.fromEntries(entries.map(([key, facts]) => [key, pick(facts, factsOfRegistry)]));
}

function validText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Returns the keys whose values are valid. */
function pick(
  value: unknown,
  schemas: Readonly<Record<string, v.GenericSchema>>,
): Record<string, unknown> {
  if (!isMapping(value)) return {};
  const right = Object.entries(schemas).filter(
    ([key, schema]) => Object.hasOwn(value, key) && v.is(schema, value[key]),
  );
  return Object.fromEntries(right.map(([key]) => [key, value[key]]));
}
