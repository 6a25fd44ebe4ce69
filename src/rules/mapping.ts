import * as v from 'valibot';

/** Returns the schema of a mapping with these keys and no others. */
export function strictMapping<const Entries extends v.ObjectEntries>(entries: Entries) {
  return refuseLists(v.strictObject(entries));
}

/** Returns the schema of a mapping from texts to texts. */
export function textMapping() {
  return refuseLists(v.record(v.string(), v.string()));
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
