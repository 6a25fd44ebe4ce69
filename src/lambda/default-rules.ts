import { parse } from 'yaml';
import { defaultRulesText } from '../rules/default.ts';
import type { RulesFile } from '../rules/schema.ts';

/** The default rules as a plain object. scripts/build-lambda.js puts the value in place of this file: the function has no YAML. */
export const defaultRules: RulesFile = parse(defaultRulesText);
