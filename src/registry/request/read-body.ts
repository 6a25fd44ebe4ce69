import type { IncomingMessage } from 'node:http';
import { StallError } from './exchange.ts';

/** A body with more than this is not worth its connection, in bytes. */
const maxDiscarded = 64 * 1024;

/** TruncatedError reports a body that ends before its length. */
class TruncatedError extends Error {
  override readonly name = 'TruncatedError';
  readonly code = 'ETRUNCATED';
}

/**
 * Yields the chunks of a body. Time counts only while the next chunk is waited for, so a slow reader
 * is not taken for a silent sender.
 *
 * @throws StallError if nothing comes for `stall` milliseconds; Error of the connection
 */
export async function* chunksOf(
  response: IncomingMessage,
  stall: number,
): AsyncGenerator<Buffer, void, undefined> {
  let isWaiting = true;
  // One timer for the whole body: a new one for each chunk would take more time than the chunk.
  const timer = setTimeout(() => {
    if (isWaiting) response.destroy(new StallError(`nothing came for ${stall / 1000} s`));
    else timer.refresh();
  }, stall);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      isWaiting = false;
      yield chunk;
      isWaiting = true;
      timer.refresh();
    }
  } finally {
    clearTimeout(timer);
  }
  if (!response.complete) throw new TruncatedError('the answer was cut off');
}

/** A whole body may take this many times the silence that ends a connection. */
const mostStalls = 10;

/**
 * Reads a whole body; undefined if it has more than `limit` bytes.
 *
 * @throws as chunksOf does
 */
export async function readBody(
  response: IncomingMessage,
  limit: number,
  stall: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // A server that sends a byte now and then is not silent, but never finishes.
  const most = mostStalls * stall;
  const end = () => response.destroy(new StallError(`the answer took over ${most / 1000} s`));
  const timer = setTimeout(end, most);
  try {
    // Leaving the loop closes the connection.
    for await (const chunk of chunksOf(response, stall)) {
      size += chunk.length;
      if (size > limit) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the rest of a body that nobody wants, so that its connection can be used again. */
export function discard(response: IncomingMessage, stall: number): void {
  readBody(response, maxDiscarded, stall).catch(() => undefined);
}
