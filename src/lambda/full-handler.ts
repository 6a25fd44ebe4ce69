import { createHandler, type LambdaAnswer } from './answer.ts';
import { keepRulesFresh } from './fresh-rules.ts';
import { openRules } from './rules-source.ts';

/*
 * The function that is packed with a rules file (webhook/sam). Its rules may also lie where they can be changed without
 * it: it reads them while it starts, and again beside its answers, which never wait for that.
 */

const { env } = process;
const functionName = env.AWS_LAMBDA_FUNCTION_NAME ?? 'image-detour';
const source = await openRules(env, new URL('rules.yaml', import.meta.url));
const rules = await keepRulesFresh(source, {
  interval: Number(env.DETOUR_RULES_REFRESH_SECONDS ?? 60) * 1000,
  functionName,
});
const answer = createHandler({
  rules: rules.current,
  pathToken: env.DETOUR_PATH_TOKEN || undefined,
  functionName,
});

export function handler(event: unknown): Promise<LambdaAnswer> {
  // After the answer went out: setImmediate comes later than what the runtime does with it.
  setImmediate(rules.refresh);
  return answer(event);
}
