import * as v from 'valibot';
import { isMapping } from './is-mapping.ts';

/** Returns the schema of a mapping with these keys and no others. */
export function strictMapping<const Entries extends v.ObjectEntries>(entries: Entries) {
  return refuseLists(v.strictObject(entries));
}

/** Returns the schema of a mapping from texts to values of one kind. */
export function mappingTo<const Value extends v.GenericSchema>(value: Value) {
  return refuseLists(v.record(v.string(), value));
}

/**
 * Returns the schema of a text that may be a mapping instead. A value is compared only with the one
 * that it looks like, so that every mistake in a mapping is reported.
 */
export function textOrMapping<
  const Text extends v.GenericSchema,
  const Mapping extends v.GenericSchema,
>(text: Text, mapping: Mapping) {
  const either = v.union([text, mapping]);
  const run: (typeof either)['~run'] = (dataset, config) =>
    (isMapping(dataset.value) ? mapping : text)['~run'](dataset, config);
  return { ...either, '~run': run };
}

/**
 * Returns a schema that refuses lists with one issue. To the schema library a list is an object
 * with the keys 0, 1, …, so it would report a key "0", or accept the list.
 */
function refuseLists<Schema extends v.GenericSchema>(schema: Schema): Schema {
  return {
    ...schema,
    '~run'(dataset, config) {
      if (!Array.isArray(dataset.value)) return schema['~run'](dataset, config);
      v._addIssue(this, 'type', dataset, config);
      return dataset as unknown as ReturnType<Schema['~run']>;
    },
  };
}
