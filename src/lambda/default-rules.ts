import { parse } from 'yaml';
import { defaultRulesText } from '../rules/default.ts';
import type { RulesFile } from '../rules/schema.ts';

/**
 * defaultRules is the default rules as a plain object. In the function, scripts/build-lambda.js
 * replaces this file with the rules of the template: those of a rules file, after `detour compile`.
 */
export const defaultRules: RulesFile = parse(defaultRulesText);
