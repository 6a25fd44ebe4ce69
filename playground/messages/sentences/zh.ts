import { reasonText } from '../../../src/decision/reason-text.ts';
import { zh } from '../zh.ts';
import { formZh } from './form-zh.ts';
import { rulesZh } from './rules-zh.ts';
import { targetsZh } from './targets-zh.ts';
import { type Translate, translator } from './translate.ts';
import { yamlZh } from './yaml-zh.ts';

const reasonsZh = Object.fromEntries(
  Object.entries(reasonText).map(([reason, english]) => [
    english,
    zh.reasons[reason as keyof typeof reasonText],
  ]),
);

/** Translates the sentences of diagnostics and errors, which the core writes in English. */
export const translateZh: Translate = translator({
  ...yamlZh,
  ...formZh,
  ...targetsZh,
  ...rulesZh,
  ...reasonsZh,
});
