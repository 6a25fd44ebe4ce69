import { parse } from 'yaml';
import { defaultRulesText } from '../rules/default.ts';
import type { RulesFile } from '../rules/schema.ts';

/**
 * defaultRules is the default rules as a plain object. scripts/build-lambda.js replaces this file
 * with the value, because the function has no YAML parser.
 */
export const defaultRules: RulesFile = parse(defaultRulesText);
