import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../rig/process.ts';
import { type RunningProgram, startProgram } from '../rig/program.ts';
import { reviewBody } from '../support/admission-review.ts';

/** As long as a ConfigMap can be: 1 MiB, some 16,000 rules. */
function rulesTo(mirror: string): string {
  const rule = (n: number) => `  - from: quay.io/org/app-${n}\n    to: ${mirror}/q/app-${n}\n`;
  const rules = Array.from({ length: 16_161 }, (_, n) => rule(n)).join('');
  return `version: 1\nrules:\n${rules}`;
}

const review = reviewBody({
  operation: 'CREATE',
  object: { metadata: {}, spec: { containers: [{ name: 'a', image: 'quay.io/org/app-16000' }] } },
});

async function imageBy(program: RunningProgram): Promise<string> {
  const { body } = await program.post(review);
  return JSON.parse(Buffer.from(JSON.parse(body).response.patch, 'base64').toString())[0].value;
}

/** Sends a review every 10 ms, until it is stopped, and gives how long each waited, in ms. */
function sendSteadily(program: RunningProgram): { stop(): Promise<number[]> } {
  const waits: Promise<number>[] = [];
  const timer = setInterval(() => {
    const begun = performance.now();
    waits.push(program.post(review).then(() => performance.now() - begun));
  }, 10);
  const stop = () => {
    clearInterval(timer);
    return Promise.all(waits);
  };
  return { stop };
}

test('while 16,161 rules are reloaded, reviews are answered as at rest', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'detour-large-rules-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'detour.yaml');
  writeFileSync(file, rulesTo('one.example'));
  const program = await startProgram({ DETOUR_RULES: file });
  onTestFinished(() => program.stop());
  expect(await imageBy(program)).toBe('one.example/q/app-16000');
  const atRest = sendSteadily(program);
  await sleep(1_000);
  const rest = (await atRest.stop()).toSorted((a, b) => b - a);

  const begun = performance.now();
  const load = sendSteadily(program);
  writeFileSync(`${file}.new`, rulesTo('two.example'));
  renameSync(`${file}.new`, file);
  await until(
    'the rules are in force',
    async () => (await imageBy(program)) === 'two.example/q/app-16000',
    120,
  );
  const seconds = (performance.now() - begun) / 1_000;
  const waits = (await load.stop()).toSorted((a, b) => b - a);
  const worst = (some: readonly number[]) => some.slice(0, 3).map(Math.round).join(', ');
  console.log(
    `${waits.length} reviews in ${seconds.toFixed(1)} s; longest ${worst(waits)} ms; at rest ${worst(rest)} ms`,
  );
  // Between two reviews, all of the reading would be one wait of about this time. A share of it holds
  // on a busy machine, too, where everything takes longer.
  expect(waits[0] ?? 0).toBeLessThan((seconds * 1_000) / 4);
});
