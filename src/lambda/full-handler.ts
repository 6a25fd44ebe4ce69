import { createHandler, type Handler } from './answer.ts';
import { followRules } from './follow-rules.ts';
import { findRulesSource } from './rules-location.ts';

/*
 * The function that is packaged with a rules file (webhook/sam). Its rules may also be in a
 * parameter or an object, where they can be changed without it: it reads them while it starts, and
 * again after an answer is made, within the same invocation. Lambda freezes the process as soon as
 * the answer is sent.
 */

const { env } = process;
const functionName = env.AWS_LAMBDA_FUNCTION_NAME ?? 'image-detour';
const source = await findRulesSource(env, new URL('rules.yaml', import.meta.url));
const rules = await followRules(source, {
  interval: Number(env.DETOUR_RULES_REFRESH_SECONDS ?? 60) * 1000,
  functionName,
});
const answer = createHandler({
  rules: rules.current,
  held: rules.held,
  pathToken: env.DETOUR_PATH_TOKEN || undefined,
  functionName,
});

/** Answers an event of API Gateway or of a function URL. Lambda calls it. */
export const handler = (async (event: unknown) => {
  const answered = await answer(event);
  await rules.refresh();
  return answered;
}) as Handler;
