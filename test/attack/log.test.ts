import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { rulesArguments } from '../rig/evasions/rules-file.ts';
import { startProgram } from '../rig/program.ts';
import { send } from '../support/test-server.ts';
import { reviewOf, reviewOfMany } from './attacks/request.ts';

const args = rulesArguments(`version: 1
rules:
  - from: k8s.gcr.io
    to: mirror.example/kubernetes
  - from: "*"
    deny: not mirrored
`);

/** The most bytes that a line of the log may have, with its end. */
const bound = 64 * 1024;

/** The lines that these reviews make, and what was answered. */
async function linesOf(...reviews: readonly string[]) {
  const program = await startProgram({}, { keepsLog: true, args });
  for (const review of reviews) expect((await program.post(review)).status).toBe(200);
  // It writes what it still holds.
  await program.stop();
  const lines = program.log();
  for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThan(bound);
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ msg }) => msg === 'rewrote' || msg === 'denied');
}

test('a line names ten of 9,999 images', async () => {
  const [line] = await linesOf(
    // Short ones: how many long ones are decided is up to the budget of a review.
    reviewOfMany(9_999, (index) => `k8s.gcr.io/x:${index}`),
  );
  expect(line.images.length).toBe(10);
  expect(line).toMatchObject({ msg: 'rewrote', more: 9_989 });
});

test('a line cuts an image of 3 MB, and a name', async () => {
  const image = `${'a.'.repeat(1_500_000)}com/app:1.0`;
  const [denied, named] = await linesOf(
    reviewOf([{ name: 'c', image }]),
    reviewOf([{ name: 'c'.repeat(1e6), image: 'k8s.gcr.io/pause' }], { name: 'n'.repeat(1e6) }),
  );
  expect(denied.images[0].from).toMatch(/^a\.a.*\[\d+ characters left out\].*com\/app:1\.0$/);
  expect(named.images[0].at).toMatch(/^c\/ccc.*\[\d+ characters left out\]/);
});

test('a line of nothing but characters that JSON escapes is bounded as well', async () => {
  const containers = Array.from({ length: 20 }, (_, index) => {
    return { name: '\u0001'.repeat(2_000) + index, image: 'k8s.gcr.io/pause' };
  });
  const [line] = await linesOf(reviewOf(containers, { name: '\u0001'.repeat(2_000) }));
  expect(line).toMatchObject({ msg: 'rewrote', images: { length: 10 }, more: 10 });
});

test('pretty output: nothing that a name, an image or a field holds reaches the terminal raw', async () => {
  const child = spawn(
    process.execPath,
    // biome-ignore format: pairs
    ['bin/detour.js', 'serve', '--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0', '--log-format', 'pretty', '--log-level', 'debug', ...args],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const webhook = async () => {
    for (;;) {
      const url = /webhook: "(https:[^"]*)"/.exec(output)?.[1];
      if (url !== undefined) return url;
      await sleep(20);
    }
  };
  const evil = 'x\n[00:00:00.000] INFO: forged\r\u001b[2J\u0007\u007f\u009b31m\u2028\u202e\u200b';
  const reviews = [
    reviewOf([{ name: evil, image: `k8s.gcr.io/pause:1` }], { name: evil, namespace: evil }),
    reviewOf([{ name: 'c', image: `evil.example${evil}/x` }]).replace(
      '"attack"',
      JSON.stringify(evil),
    ),
    // What is not JSON is refused, and the reason may quote it.
    `{"kind":"AdmissionReview","request":{"uid":"${evil}\\x`,
  ];
  const agent = new Agent({ rejectUnauthorized: false });
  const headers = { 'content-type': 'application/json' };
  for (const review of reviews)
    await send(request(await webhook(), { method: 'POST', agent, headers }), review);
  child.kill('SIGINT');
  await once(child, 'close');
  expect(output).toContain('rewrote');
  expect(output).toContain('forged');
  expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(output).not.toMatch(/^\[00:00:00\.000\]/m);
});
