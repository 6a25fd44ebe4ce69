import { createHandler } from './answer.ts';
import { writeLine } from './log-lines.ts';
import { chooseRules } from './rules.ts';

/*
 * The function that is pasted with its template (webhook/api-gateway.yaml): its rules are the default ones with what the
 * template's parameters change. full-handler.ts is the one that reads rules files.
 */

const { ruleSet, problems } = chooseRules(process.env);
for (const message of problems) writeLine({ level: 'warn', message });

export const handler = createHandler({
  rules: () => ruleSet,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'image-detour',
});
