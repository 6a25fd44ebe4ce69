import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request as sendRequest } from 'node:https';

/** How long the head of an answer may take, in milliseconds. */
const headTimeout = 10_000;
/**
 * How long a connection is silent before the kernel probes whether the other end is still there, in
 * milliseconds.
 */
const keepAliveDelay = 10_000;

/** AnswerTooLargeError reports an answer that has more bytes than the caller reads. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
}

/**
 * Sends a request and returns the head of the answer. The body is still to be read.
 *
 * @throws Error if the API cannot be reached, or sends no head for ten seconds
 */
export async function openExchange(
  options: RequestOptions,
  body: string,
): Promise<IncomingMessage> {
  try {
    return await send(options, body);
  } catch (error) {
    if (!(error instanceof StaleConnectionError)) throw error;
    return await send({ ...options, agent: false }, body);
  }
}

/** StaleConnectionError means that the other end closed a kept connection before the request. */
class StaleConnectionError extends Error {}

function send(options: RequestOptions, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = sendRequest(options, (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    const timer = setTimeout(() => {
      request.destroy(new Error(`the Kubernetes API has not answered for ${headTimeout / 1000} s`));
    }, headTimeout);
    // Without it, the kernel takes two hours to give up a connection whose other end has
    // disappeared.
    request.on('socket', (socket) => socket.setKeepAlive(true, keepAliveDelay));
    request.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const isClosed = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      reject(request.reusedSocket && isClosed ? new StaleConnectionError() : error);
    });
    request.end(body);
  });
}

/** Reads a body as UTF-8. Throws AnswerTooLargeError past `limit` bytes. */
export async function readBody(response: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop closes the connection.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new AnswerTooLargeError(`the answer has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
