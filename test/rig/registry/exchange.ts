import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Content } from './content.ts';

/** RecordedRequest is a request as a server saw it, and what became of it. */
export interface RecordedRequest {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  /** The path as it was asked for, with the query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the request's body. */
  received: number;
  /** The body of a form, in which clients send logins. */
  form?: string;
  /** 0 until there is an answer, and if the connection was cut before one. */
  status: number;
  /** Bytes of the answer's body. */
  sent: number;
  /** Names the fault that was injected. */
  fault?: string;
}

/** Answer is what a server sends back. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Not sent to a HEAD request, which learns its length. */
  readonly body?: Content | Buffer | string;
}

/** Exchange is a request that waits for its answer. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Streams the request's body, and counts its bytes in the record. */
  readonly body: AsyncIterable<Buffer>;
}

/** Begins the record of a request. */
export function recordOf({ method = '', url = '', headers }: IncomingMessage): RecordedRequest {
  const path = url.replace(/\?.*/s, '');
  return { method, path, url, headers: { ...headers }, received: 0, status: 0, sent: 0 };
}

/** Makes an exchange of a request; `limit` cuts the connection after as many bytes of its body. */
export function exchangeOf(
  request: IncomingMessage,
  record: RecordedRequest,
  limit = Number.POSITIVE_INFINITY,
): Exchange {
  return {
    method: record.method,
    path: record.path,
    url: new URL(record.url, 'http://registry.invalid'),
    headers: record.headers,
    body: countedBody(request, record, limit),
  };
}

async function* countedBody(
  request: IncomingMessage,
  record: RecordedRequest,
  limit: number,
): AsyncGenerator<Buffer> {
  const isForm = /^application\/x-www-form-urlencoded/.test(record.headers['content-type'] ?? '');
  for await (const bytes of request as AsyncIterable<Buffer>) {
    record.received += bytes.length;
    if (isForm) record.form = (record.form ?? '') + bytes.toString();
    if (record.received > limit) {
      request.destroy();
      throw new ConnectionCut();
    }
    yield bytes;
  }
}

/** ConnectionCut says that a fault ended the connection, so there is nobody to answer. */
export class ConnectionCut extends Error {}

/** Reads a body that fits in memory. */
export async function readBody({ body }: Exchange): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const bytes of body) chunks.push(bytes);
  return Buffer.concat(chunks);
}

/** Answers with an error in the form of the OCI distribution spec. */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  headers: Answer['headers'] = {},
): Answer {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** Answers with JSON. */
export function jsonAnswer(value: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  };
}
