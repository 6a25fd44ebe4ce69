import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { rulesArguments } from '../rig/evasions/rules-file.ts';
import { peakMemory, type RunningProgram, realReview, startProgram } from '../rig/program.ts';
import { attacks } from './attacks/all.ts';
import type { Counts, RunningAttack } from './attacks/attack.ts';

/** What must have come of each attack before it counts as one. */
const underWay: Record<string, (counts: Counts) => boolean> = {
  'stalled-bodies': ({ answers }) => (answers[503] ?? 0) >= 200,
  bursts: ({ answers }) => (answers[200] ?? 0) >= 200,
  'stalled-large-bodies': ({ answers }) => (answers[503] ?? 0) >= 14,
  'large-bodies': ({ answers }) => (answers[200] ?? 0) >= 16 && (answers[503] ?? 0) >= 14,
  pipelining: ({ closed }) => closed >= 300,
  'pipelined-refusals': ({ closed }) => closed >= 300,
  'unread-answers': ({ opened }) => opened >= 250,
  'unread-metrics': ({ opened }) => opened >= 500,
  'idle-connections': ({ opened }) => opened >= 4_096,
  'handshake-flood': ({ opened }) => opened >= 2_000,
  'no-hello': ({ opened }) => opened >= 1_000,
  'slow-headers': ({ opened }) => opened >= 500,
  'slow-bodies': ({ opened }) => opened >= 500,
  'log-flood': ({ answers }) => (answers[200] ?? 0) >= 8,
  'long-hosts': ({ answers }) => (answers[200] ?? 0) >= 3,
  'many-images': ({ answers }) => (answers[200] ?? 0) >= 8,
  'long-images': ({ answers }) => (answers[200] ?? 0) >= 8,
  random: ({ opened }) => opened >= 150,
};

let program: RunningProgram;
let attack: RunningAttack;

afterEach(async () => {
  attack.stop();
  await program.stop();
});

describe('next to it every good review is answered, and the memory is bounded:', () => {
  test.each(attacks.map((each) => [each.name, each] as const))(
    '%s',
    async (name, { rules, begin }) => {
      program = await startProgram({}, { args: rulesArguments(rules) });
      const { hostname, port } = program.url;
      const healthPort = Number(program.healthUrl.port);
      attack = begin({ host: hostname, port: Number(port), healthPort });
      const isUnderWay = underWay[name] as (counts: Counts) => boolean;
      const answered: string[] = [];
      do {
        const answers = await Promise.all(
          Array.from({ length: 10 }, () => program.post(realReview)),
        );
        answered.push(
          ...answers.map(({ status, body }) => `${status} ${body.includes('"patch"')}`),
        );
        await sleep(50);
      } while (answered.length < 100 || !isUnderWay(attack.counts));
      expect(new Set(answered)).toEqual(new Set(['200 true']));
      expect(program.exitCode()).toBeNull();
      expect(peakMemory(program.pid)).toBeLessThan(300);
    },
  );
});
