import * as v from 'valibot';
import { parseReference } from '../reference/reference.ts';

/** Describes a text that is an image. JSON Schema cannot express the grammar. */
export const imageReference = v.pipe(
  v.string(),
  v.nonEmpty(),
  // An empty text is reported as that.
  v.check((text) => text === '' || parseReference(text) !== undefined),
);
