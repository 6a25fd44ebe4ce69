import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import type { Timing } from './timing.ts';

/** Body is what a request sends: bytes, or a stream of which the length is known. */
export type Body = Buffer | StreamBody;

/** StreamBody can be sent more than once, because each `open` begins again. */
export interface StreamBody {
  /** In bytes. */
  readonly length: number;
  readonly open: () => Promise<Readable>;
}

/** Outgoing is one HTTP request, with the connections that it may use. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
  readonly agent: Agent;
  /** The whole URL instead of its path, if the agent leads to a proxy for plain HTTP. */
  readonly path: string;
  readonly timing: Pick<Timing, 'stall' | 'commit'>;
  /** Once it is aborted, a request whose connection was lost is not sent again. */
  readonly signal?: AbortSignal;
}

/** StallError reports a connection that stays open and silent in the middle of an answer. */
export class StallError extends Error {
  override readonly name = 'StallError';
  readonly code = 'ESTALLED';
}

/** NoAnswerError reports a connection on which no answer begins. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code = 'ENOANSWER';
}

/**
 * Sends a request and returns the head of the answer. The body is still to be read.
 *
 * @throws Error if there is no answer: of the connection, NoAnswerError, or of the stream that is sent
 */
export async function exchange(outgoing: Outgoing): Promise<IncomingMessage> {
  const { body, signal } = outgoing;
  if (body !== undefined && !Buffer.isBuffer(body))
    return await begin(outgoing, body.length, await body.open());
  try {
    return await begin(outgoing, body?.length, undefined);
  } catch (error) {
    // The server closed a kept connection just as it was used again.
    if (!(error instanceof LostConnectionError) || signal?.aborted) throw error;
    return await begin(outgoing, body?.length, undefined);
  }
}

class LostConnectionError extends Error {}

function begin(
  { method, url, headers, body, agent, path, timing }: Outgoing,
  length: number | undefined,
  stream: Readable | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sized = length === undefined ? {} : { 'content-length': String(length) };
    const request = send(url, { method, path, agent, headers: { ...headers, ...sized } });
    const watch = watchFor(request, timing, stream !== undefined);
    const sending = stream && sendStream(stream, request, length ?? 0, watch.touch);
    request.once('response', (response) => {
      watch.stop();
      const isCutShort = sending !== undefined && sending.sent() < (length ?? 0);
      if (isCutShort) sending.leave(response);
      if (isCutShort && (response.statusCode ?? 0) < 300) {
        reject(new Error('the answer came before all was sent'));
        // Nobody reads it, so nothing else would close the connection.
        request.destroy();
      } else resolve(response);
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      watch.stop();
      stream?.destroy();
      const isLost = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
      reject(isLost && stream === undefined ? new LostConnectionError(error.message) : error);
    });
    if (stream === undefined) request.end(body);
  });
}

/** Sending is a stream on its way into a request. */
interface Sending {
  /** In bytes. */
  readonly sent: () => number;
  /** Stops sending after an answer that came early. The connection cannot be used again. */
  readonly leave: (response: IncomingMessage) => void;
}

function sendStream(
  stream: Readable,
  request: ClientRequest,
  length: number,
  touch: () => void,
): Sending {
  let sent = 0;
  let isLeft = false;
  stream.on('data', (chunk: Buffer) => {
    sent += chunk.length;
    touch();
    if (sent > length) request.destroy(new Error('there was more to send than its length'));
  });
  stream.on('end', () => {
    if (sent < length) request.destroy(new Error('there was less to send than its length'));
  });
  stream.on('error', (error) => request.destroy(error));
  // A stream that is destroyed without an error would leave the request open.
  stream.once('close', () => {
    if (!isLeft && !stream.readableEnded) request.destroy(new Error('there was nothing to send'));
  });
  stream.pipe(request);
  const leave = (response: IncomingMessage) => {
    isLeft = true;
    stream.unpipe(request);
    stream.destroy();
    response.once('end', () => request.destroy());
  };
  return { sent: () => sent, leave };
}

/** Destroys a request if the other end is silent for too long. */
function watchFor(
  request: ClientRequest,
  { stall, commit }: Pick<Timing, 'stall' | 'commit'>,
  hasStream: boolean,
): { touch: () => void; stop: () => void } {
  const end = (limit: number) => () => {
    // It is not the other end that is waited for, but what is to be sent.
    const isIdle =
      hasStream && !request.writableEnded && !request.writableNeedDrain && isConnected(request);
    if (isIdle) timer.refresh();
    else request.destroy(new NoAnswerError(`no answer for ${limit / 1000} s`));
  };
  let timer = setTimeout(end(stall), stall);
  request.once('socket', () => timer.refresh());
  if (hasStream)
    request.once('finish', () => {
      clearTimeout(timer);
      timer = setTimeout(end(commit), commit);
    });
  return { touch: () => void timer.refresh(), stop: () => clearTimeout(timer) };
}

function isConnected(request: ClientRequest): boolean {
  return request.socket !== null && !request.socket.connecting;
}
