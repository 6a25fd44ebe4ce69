import { createHandler } from './answer.ts';
import { writeLine } from './log-lines.ts';
import { chooseRules } from './rules.ts';

/*
 * The function that is pasted with its template (webhook/api-gateway.yaml). Its rules are the
 * default rules with the changes of the template's parameters. full-handler.ts is the function that
 * reads rules files.
 */

const { ruleSet, problems } = chooseRules(process.env);
for (const message of problems) writeLine({ level: 'warn', message });

/** Answers an event of API Gateway or of a function URL. Lambda calls it. */
export const handler = createHandler({
  rules: () => ruleSet,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'image-detour',
});
