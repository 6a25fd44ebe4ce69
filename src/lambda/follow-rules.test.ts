import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { keepLambdaLog } from '../../test/support/lambda-log.ts';
import { decide } from '../decision/decide.ts';
import { createHandler } from './answer.ts';
import { followRules, type RefreshedRules } from './follow-rules.ts';
import { findRulesSource } from './rules-location.ts';

const { lines } = keepLambdaLog();

const rulesTo = (mirror: string) => `version: 1\nrules: [{from: quay.io, to: ${mirror}}]\n`;
const becomes = (rules: RefreshedRules) =>
  decide('quay.io/a', rules.current(), { namespace: 'default' }).image;

/** Returns a source whose text and clock the test sets. */
function turned(first: string | Error, isLive = true) {
  const state = { text: first, time: 0, reads: 0 };
  const source = {
    name: 'ssm:/rules',
    isLive,
    read: async () => {
      state.reads++;
      if (state.text instanceof Error) throw state.text;
      return state.text;
    },
  };
  const start = () =>
    followRules(source, { interval: 60_000, functionName: 'f', now: () => state.time });
  return { state, start };
}

test('rules are read at the start, and again when their time is over', async () => {
  const { state, start } = turned(rulesTo('m.io'));
  const rules = await start();
  expect(becomes(rules)).toBe('m.io/a');
  state.text = rulesTo('n.io');
  state.time = 59_999;
  await rules.refresh();
  expect([becomes(rules), state.reads]).toEqual(['m.io/a', 1]);
  state.time = 60_000;
  await rules.refresh();
  expect([becomes(rules), state.reads]).toEqual(['n.io/a', 2]);
});

test('of many calls at once, one reads', async () => {
  const { state, start } = turned(rulesTo('m.io'));
  const rules = await start();
  state.time = 60_000;
  await Promise.all([rules.refresh(), rules.refresh(), rules.refresh()]);
  expect(state.reads).toBe(2);
});

test('a file that cannot change is read once', async () => {
  const { state, start } = turned(rulesTo('m.io'), false);
  const rules = await start();
  state.time = 1e9;
  await rules.refresh();
  expect(state.reads).toBe(1);
});

test('rules that cannot be read, or are broken, leave the last good ones in force, and are reported', async () => {
  const { state, start } = turned(rulesTo('m.io'));
  const rules = await start();
  for (const text of [new Error('AccessDenied'), 'rules: 5']) {
    state.text = text;
    state.time += 60_000;
    await rules.refresh();
    expect(becomes(rules)).toBe('m.io/a');
  }
  const [first, unread, broken] = lines();
  expect(first).toMatchObject({
    message: '1 rules of ssm:/rules are in force',
    RulesFailures: 0,
  });
  expect(unread).toMatchObject({
    level: 'error',
    message: 'the rules of ssm:/rules cannot be read: AccessDenied; the last good ones hold',
    FunctionName: 'f',
    RulesFailures: 1,
  });
  expect(broken.message).toBe('the rules of ssm:/rules are broken; the last good ones hold');
  expect(broken.diagnostics[0]).toMatch(/^ssm:\/rules:1:/);
});

test('without rules at a cold start every image is kept, and reading is tried again soon', async () => {
  const { state, start } = turned(new Error('ThrottlingException'));
  const rules = await start();
  expect(becomes(rules)).toBe('quay.io/a');
  expect(lines()[0].message).toMatch(/; every image is kept$/);
  state.text = rulesTo('m.io');
  state.time = 5000;
  await rules.refresh();
  expect(becomes(rules)).toBe('m.io/a');
});

test('when rules can be read again, the log says so, and the alarm ends', async () => {
  const { state, start } = turned(rulesTo('m.io'));
  const rules = await start();
  for (const text of [new Error('AccessDenied'), rulesTo('m.io'), rulesTo('m.io')]) {
    state.text = text;
    state.time += 60_000;
    await rules.refresh();
  }
  expect(lines().map(({ RulesFailures }) => RulesFailures)).toEqual([0, 1, 0]);
});

test('the function reports which rules it holds, and what is wrong with what it read', async () => {
  const { state, start } = turned(rulesTo('m.io'));
  const rules = await start();
  const handler = createHandler({ ...rules, rules: rules.current, functionName: 'f' });
  const sha256 = createHash('sha256').update(rulesTo('m.io')).digest('hex');
  const good = { source: 'ssm:/rules', valid: true, rules: 1, sha256, diagnostics: [] };
  expect(await handler({ detour: 'rules' })).toEqual(good);
  state.text = 'rules: 5';
  state.time += 60_000;
  await rules.refresh();
  const broken = await handler({ detour: 'rules' });
  expect(broken).toMatchObject({ valid: false, rules: 1, sha256 });
  expect(broken.diagnostics[0]).toMatch(/^ssm:\/rules:1:/);
  state.text = new Error('AccessDenied');
  state.time += 60_000;
  await rules.refresh();
  const reason = 'the rules of ssm:/rules cannot be read: AccessDenied';
  expect((await handler({ detour: 'rules' })).diagnostics).toContain(reason);
});

test('the environment says where rules are; DETOUR_RULES_FROM before DETOUR_RULES before the file', async () => {
  const file = new URL('../../webhook/sam/rules.yaml', import.meta.url);
  const packed = await findRulesSource({}, file);
  expect(await packed.read()).toContain('dockerhub');
  const given = await findRulesSource({ DETOUR_RULES: rulesTo('m.io') }, file);
  expect(await given.read()).toBe(rulesTo('m.io'));
  const both = { DETOUR_RULES: 'x', DETOUR_RULES_FROM: 'ssm:/image-detour/rules' };
  expect(await findRulesSource(both, file)).toMatchObject({
    name: 'ssm:/image-detour/rules',
    isLive: true,
  });
  const object = { DETOUR_RULES_FROM: 's3://bucket/a/rules.yaml' };
  expect(await findRulesSource(object, file)).toMatchObject({ name: 's3://bucket/a/rules.yaml' });
  for (const DETOUR_RULES_FROM of ['https://x', 's3://bucket', 'ssm:', '/rules.yaml']) {
    await expect(findRulesSource({ DETOUR_RULES_FROM }, file)).rejects.toThrow(
      'neither ssm:NAME nor s3:',
    );
  }
});

test('where every path leads to the function, only the one with the token is answered', async () => {
  const { start } = turned(rulesTo('m.io'));
  const rules = await start();
  const handler = createHandler({
    ...rules,
    rules: rules.current,
    pathToken: 'secret',
    functionName: 'f',
  });
  const statusOf = async (event: object) =>
    (await handler({ httpMethod: 'POST', ...event })).statusCode;
  for (const event of [{}, { rawPath: '/' }, { rawPath: '/secret/x' }, { path: '/notsecret' }]) {
    expect(await statusOf(event)).toBe(404);
  }
  for (const event of [{ rawPath: '/secret' }, { path: '/call/secret' }]) {
    // The events have no body.
    expect(await statusOf(event)).toBe(400);
  }
});
