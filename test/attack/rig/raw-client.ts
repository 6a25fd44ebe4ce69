import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** RawClient is a connection on which a test sends what no HTTP library would send. */
export interface RawClient {
  readonly socket: Socket;
  /** Everything that came back. */
  text(): string;
  /** The status and body of each whole answer. */
  answers(): { readonly status: number; readonly isLast: boolean; readonly body: string }[];
  /** Resolves when the server has closed the connection, or a part of it. */
  readonly ended: Promise<unknown>;
}

/** Opens a TLS connection, and reads what comes unless `reads` is false. */
export async function openTls({ port, hostname }: URL, { reads = true } = {}): Promise<RawClient> {
  const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false });
  const client = follow(socket, reads);
  await once(socket, 'secureConnect');
  return client;
}

/** Opens a connection in the same way, without TLS. */
export async function openTcp({ port, hostname }: URL, { reads = true } = {}): Promise<RawClient> {
  const socket = connectTcp({ host: hostname, port: Number(port) });
  const client = follow(socket, reads);
  await once(socket, 'connect');
  return client;
}

function follow(socket: Socket, reads: boolean): RawClient {
  const chunks: Buffer[] = [];
  const ended = new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
  socket.on('error', () => undefined);
  if (reads) socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const text = () => Buffer.concat(chunks).toString();
  return { socket, ended, text, answers: () => answersIn(text()) };
}

/** Answers that are not complete are left out. */
function answersIn(text: string): ReturnType<RawClient['answers']> {
  const answers = [];
  let rest = text;
  for (;;) {
    const head = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n/s.exec(`${rest}`);
    if (head === null) return answers;
    const [whole, status = '', fields = ''] = head;
    const length = Number(/^content-length: (\d+)$/im.exec(fields)?.[1] ?? 0);
    const body = rest.slice(whole.length, whole.length + length);
    if (body.length < length) return answers;
    answers.push({
      status: Number(status),
      isLast: /^connection: close$/im.test(fields),
      body,
    });
    rest = rest.slice(whole.length + length);
  }
}

/** Returns an HTTP request as it is sent. */
export function requestText(body: string, { method = 'POST', path = '/mutate' } = {}): string {
  const head = `${method} ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
