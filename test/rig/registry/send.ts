import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Content, contentOf, digestOf } from './content.ts';
import { type Answer, ConnectionCut, type RecordedRequest } from './exchange.ts';
import type { Effect } from './faults.ts';

/** Sends an answer, with what a fault does to it. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  record: RecordedRequest,
  effect?: Effect,
): Promise<void> {
  if (effect?.kind === 'lose-answer') throw new ConnectionCut();
  if (effect?.kind === 'delay') await sleep(effect.milliseconds, undefined, { ref: false });
  const content = bodyOf(answer);
  const length = lengthOf(content, effect);
  const headers = headersOf(answer, length, effect);
  record.status = answer.status;
  response.writeHead(answer.status, headers);
  if (record.method === 'HEAD' || content === undefined || length === 0) {
    response.end();
    return;
  }
  response.flushHeaders();
  for await (const bytes of withEffect(content.read(0, length), effect)) {
    if (response.destroyed) return;
    record.sent += bytes.length;
    if (!response.write(bytes)) await drained(response);
  }
  response.end();
}

function bodyOf({ body }: Answer): Content | undefined {
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
    return body === undefined ? undefined : contentOf(Buffer.from(body));
  }
  return body;
}

function lengthOf(content: Content | undefined, effect: Effect | undefined): number {
  const size = content?.size ?? 0;
  return effect?.kind === 'truncate' ? Math.min(size, effect.after) : size;
}

/** An answer that has a length of its own (of a body that HEAD leaves out) keeps it. */
function headersOf(
  { status, headers = {} }: Answer,
  length: number,
  effect: Effect | undefined,
): Record<string, string | string[]> {
  const withLength =
    status === 204 || status === 304 ? headers : { 'content-length': `${length}`, ...headers };
  const all = Object.fromEntries(
    Object.entries(withLength).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : [...value],
    ]),
  );
  if (effect?.kind === 'wrong-digest') all['docker-content-digest'] = digestOf('another');
  return all;
}

async function* withEffect(body: Readable, effect: Effect | undefined): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const whole of body as AsyncIterable<Buffer>) {
    for (const bytes of portionsOf(whole, effect)) {
      yield affected(bytes, at, effect);
      at += bytes.length;
      await afterBytes(at, bytes.length, effect);
    }
  }
}

/** Returns these bytes, which begin at `at`, as the effect leaves them. */
function affected(bytes: Buffer, at: number, effect: Effect | undefined): Buffer {
  if (effect?.kind === 'corrupt') return corrupted(bytes, effect.at - at);
  if (effect?.kind === 'cut-answer' || effect?.kind === 'stall') {
    return bytes.subarray(0, Math.max(0, effect.after - at));
  }
  return bytes;
}

async function afterBytes(at: number, size: number, effect: Effect | undefined): Promise<void> {
  if (effect?.kind === 'slow') {
    await sleep((1_000 * size) / effect.rate, undefined, { ref: false });
  } else if (effect?.kind === 'cut-answer' && at > effect.after) {
    await sleep(5); // what was sent reaches the client before the reset
    throw new ConnectionCut();
  } else if (effect?.kind === 'stall' && at > effect.after) {
    await new Promise(() => undefined);
  }
}

function* portionsOf(bytes: Buffer, effect: Effect | undefined): Generator<Buffer> {
  const size = effect?.kind === 'slow' ? Math.max(1, Math.floor(effect.rate / 20)) : bytes.length;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function corrupted(bytes: Buffer, at: number): Buffer {
  if (at < 0 || at >= bytes.length) return bytes;
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}
