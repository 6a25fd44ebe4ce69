import type { Socket } from 'node:net';

/** HttpParser is Node's HTTP parser, as far as it is used here. Node's types do not have it. */
interface HttpParser {
  onIncoming: (...request: unknown[]) => number;
}

/**
 * `onIncoming` returns it if no HTTP follows, as after an upgrade. The parser then leaves the rest
 * of its chunk.
 */
const noMoreHttp = 2;

/**
 * Asks `takesMore` for each request that the HTTP parser of a socket finds. When it returns false,
 * the parser leaves the rest of the chunk. A chunk can have hundreds of small requests: for each of
 * them Node makes kilobytes of objects, and an error with its stack if the connection is closed
 * before the answer.
 */
export function limitRequests(socket: Socket, takesMore: () => boolean): void {
  const { parser } = socket as { parser?: HttpParser };
  if (parser === undefined) return;
  const { onIncoming } = parser;
  parser.onIncoming = (...request) => (takesMore() ? onIncoming(...request) : noMoreHttp);
}
