import type { IncomingMessage } from 'node:http';
import pLimit from 'p-limit';

/**
 * The largest body, in bytes. A legitimate UPDATE reaches 16.8 MB: 1.4 MB of `<` in one variable, escaped to six bytes
 * each, in object and oldObject.
 */
export const maxBodySize = 32 * 1024 * 1024;
/** From this size on, in bytes, bodies are read a few at a time: together they would fill the memory. */
const largeBodySize = 1024 * 1024;
const largeBodiesAtOnce = 2;

const oneOfFew = pLimit(largeBodiesAtOnce);

/** Why a body was not read, with the HTTP status that says so. */
export class BodyError extends Error {
  override name = 'BodyError';
  readonly status: 413 | 503;

  constructor(status: 413 | 503, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads a request's body as UTF-8 text.
 *
 * @param deadline when the API server stops waiting, in the milliseconds of `performance.now()`
 * @throws BodyError where it is too large, or comes too late to be of use
 */
export function readBody(request: IncomingMessage, deadline: number): Promise<string> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBodySize) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isLarge = false;
    const finish = () => {
      resolve(chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks, size).toString());
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodySize) return abandon(tooLarge());
      chunks.push(chunk);
      if (size > largeBodySize && !isLarge) {
        isLarge = true;
        waitForTurn();
      }
    };
    const abandon = (error: Error) => {
      request.off('data', take);
      request.off('end', finish);
      chunks.length = 0;
      reject(error);
    };
    const waitForTurn = () => {
      request.pause();
      void oneOfFew(async () => {
        if (performance.now() > deadline) return abandon(tooLate());
        const timer = setTimeout(() => abandon(tooLate()), deadline - performance.now());
        request.resume();
        await new Promise((done) => request.once('end', done).once('close', done));
        clearTimeout(timer);
      });
    };
    request.on('data', take);
    request.once('end', finish);
    request.once('error', abandon);
  });
}

function tooLarge(): BodyError {
  return new BodyError(413, `the body is larger than ${maxBodySize} bytes`);
}

function tooLate(): BodyError {
  return new BodyError(503, 'the body did not arrive before the deadline of the request');
}
