import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { Metrics } from '../metrics/metrics.ts';
import { followRules } from './rules.ts';

let stop: () => void;
afterEach(() => stop());

const rulesTo = (mirror: string) => `version: 1\nrules:\n  - from: quay.io\n    to: ${mirror}\n`;

test('a text that could not be loaded, although it is right, is loaded again', async () => {
  const text = rulesTo('one.io');
  const ruleSet = loadRules(text).ruleSet as RuleSet;
  const texts = [rulesTo('two.io')];
  // As a source does, which gives each text once.
  const source = { name: 'it', isLive: true, read: async () => texts.shift() };
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line));
  const metrics = new Metrics('test');
  const accepted: string[] = [];
  const following = {
    metrics,
    logger: pino({ base: null }, { write }),
    interval: 10,
    accepted: (one: string) => void accepted.push(one),
  };
  const failures = [new Error('too little memory'), new Error('too little memory')];
  const followed = followRules(source, { ruleSet, text }, following, async (one) => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return loadRules(one);
  });
  stop = followed.stop;
  await vi.waitFor(() => expect(accepted).toEqual([text, rulesTo('two.io')]));
  expect(followed.current()).not.toBe(ruleSet);
  expect(lines.map(({ msg }) => msg)).toEqual([
    'the rules file cannot be read; the old rules stay',
    'rules reloaded',
  ]);
});
