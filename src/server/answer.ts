import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './connection.ts';

/** Answer is a whole HTTP answer; its length is counted when it is written. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Refusal is an HTTP error status and the one line that says why. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long a refused request is still read, in milliseconds. */
const lingerTime = 500;

/**
 * Answers a request. The connection ends with the answer if `isLast` is set, or if the answer comes
 * before the request has ended.
 */
export function writeAnswer(exchange: Exchange, answer: Answer, isLast = false): void {
  const { request, response, connection } = exchange;
  const { status, type, headers, body } = answer;
  const size = Buffer.byteLength(body);
  // The unread rest of a body must not be parsed as the next request.
  const isEarly = !request.complete;
  const head: Record<string, string | number> = {
    ...headers,
    // About a body that the client has already.
    ...(status !== 304 && { 'Content-Type': type, 'Content-Length': size }),
  };
  if (connection.endsWith(response, size, isLast || isEarly)) head.Connection = 'close';
  response.writeHead(status, head);
  if (isEarly) {
    response.write(body);
    endWithRequest(request, response);
  } else response.end(body);
  connection.countWritten(size);
}

/** Writes a refusal, with a line break after its one line. */
export function writeRefusal(exchange: Exchange, refusal: Refusal, isLast = false): void {
  const { message, ...rest } = refusal;
  const type = 'text/plain; charset=utf-8';
  writeAnswer(exchange, { ...rest, type, body: `${message}\n` }, isLast);
}

/**
 * Ends an early answer when the rest of its request has been read and thrown away, or after a
 * moment. Node closes the connection immediately after the end of an answer, and a connection that
 * is closed with unread data is reset: the client may then lose the answer that says why.
 */
function endWithRequest(request: IncomingMessage, response: ServerResponse): void {
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerTime).unref();
  request.once('end', end).once('close', end).resume();
}

/**
 * Returns the refusal of a request that no handler can answer, as HTTP defines it (RFC 9110,
 * 10.1.1; RFC 9112, 3.2); undefined if there is nothing wrong.
 */
export function findMisuse({ headers, httpVersion }: IncomingMessage): Refusal | undefined {
  if (headers.host === undefined && httpVersion === '1.1')
    return { status: 400, message: 'the request has no Host' };
  if (headers.expect !== undefined && !/(?:^|\W)100-continue(?:$|\W)/i.test(headers.expect))
    return { status: 417, message: 'the only supported Expect is 100-continue' };
  return undefined;
}
