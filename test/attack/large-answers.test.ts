import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installNode } from '../rig/node-versions.ts';
import { startProgram } from '../rig/program.ts';
import { send } from '../support/test-server.ts';
import { largeReview, reviewOf } from './rig/sized-review.ts';

/** How many pairs; `PAIRS_SECONDS=60` goes on for so long instead. */
const pairs = 200;
const seconds = Number(process.env.PAIRS_SECONDS ?? 0);
const clients = 8;

/*
 * An answer that fills the socket's buffer (16 KiB on Node 20 and 22, 64 KiB from 24 on), followed
 * at once by a request of more than one TLS record. Node's HTTP parser pauses for the unsent answer
 * and is handed the records all the same.
 */
test.each([
  ['20', 130],
  ['20', 600],
  ['22', 600],
  ['24', 600],
  ['26', 600],
])('on Node %s no request is lost that follows an answer with %i images', async (major, images) => {
  const node = nodeOf(major);
  const program = await startProgram({}, { node });
  const large = reviewOf(images);
  const next = largeReview(40_000);
  const lost: string[] = [];
  const end = performance.now() + seconds * 1000;
  let begun = 0;
  const isDone = () => (seconds > 0 ? performance.now() > end : begun >= pairs);
  const client = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    const headers = { 'content-type': 'application/json' };
    const post = (body: string) =>
      send(request(program.url, { method: 'POST', agent, headers }), body).then(
        ({ status }) => void (status === 200 || lost.push(`${status}`)),
        (error: Error) => void lost.push(error.message),
      );
    while (!isDone()) {
      begun++;
      await post(large);
      await post(next);
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: clients }, client));
  await program.stop();
  if (seconds > 0)
    console.log(`Node ${major}, ${images} images: ${begun} pairs, ${lost.length} lost`);
  expect(lost).toEqual([]);
});

function nodeOf(major: string): string {
  if (process.version.startsWith(`v${major}.`)) return process.execPath;
  return join(installNode(major), 'node');
}
