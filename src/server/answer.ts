import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './connection.ts';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Why a request is refused, with the HTTP status that says so. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long a refused request is still read, in milliseconds. */
const lingerTime = 500;

/** Answers a request. The connection ends with an answer that is the last, or that comes before the request has ended. */
export function writeAnswer(exchange: Exchange, answer: Answer, isLast = false): void {
  const { request, response, connection } = exchange;
  const { status, type, headers, body } = answer;
  const size = Buffer.byteLength(body);
  // A body that was not read to its end must not be taken for the next request.
  const isEarly = !request.complete;
  const head: Record<string, string | number> = {
    ...headers,
    'Content-Type': type,
    'Content-Length': size,
  };
  if (connection.endsWith(response, size, isLast || isEarly)) head.Connection = 'close';
  response.writeHead(status, head);
  if (isEarly) {
    response.write(body);
    endWithRequest(request, response);
  } else response.end(body);
  connection.countWritten(size);
}

/** Writes a refusal and its one line. */
export function writeRefusal(exchange: Exchange, refusal: Refusal, isLast = false): void {
  const { message, ...rest } = refusal;
  const type = 'text/plain; charset=utf-8';
  writeAnswer(exchange, { ...rest, type, body: `${message}\n` }, isLast);
}

/**
 * Ends an early answer when the rest of its request has been read and thrown away, or after a moment. Node closes the
 * connection at once after the end, and a connection that is closed with unread data is reset: the client may lose the
 * answer that says why.
 */
function endWithRequest(request: IncomingMessage, response: ServerResponse): void {
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerTime).unref();
  request.once('end', end).once('close', end).resume();
}

/** Why no handler can answer a request, as HTTP defines it (RFC 9110, 10.1.1; RFC 9112, 3.2). */
export function misuseOf({ headers, httpVersion }: IncomingMessage): Refusal | undefined {
  if (headers.host === undefined && httpVersion === '1.1')
    return { status: 400, message: 'the request has no Host' };
  if (headers.expect !== undefined && !/(?:^|\W)100-continue(?:$|\W)/i.test(headers.expect))
    return { status: 417, message: 'the only supported Expect is 100-continue' };
  return undefined;
}
