import { createHandler } from './answer.ts';
import { rulesLine, writeLine } from './log-lines.ts';
import { chooseRules } from './rules.ts';

/*
 * The function that is pasted with its template (webhook/api-gateway.yaml). Its rules are the
 * default rules with the changes of the template's parameters. full-handler.ts is the function that
 * reads rules files.
 */

const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? 'image-detour';
const rules = chooseRules(process.env);
const { isValid, diagnostics } = rules;
const message = `${rules.ruleSet.rules.length} rules of ${rules.source} are in force`;
writeLine(rulesLine({ message, isValid, diagnostics, functionName, now: Date.now() }));

/** Answers an event of API Gateway or of a function URL. Lambda calls it. */
export const handler = createHandler({
  rules: () => rules.ruleSet,
  held: () => rules,
  functionName,
});
