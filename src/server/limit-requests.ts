import type { Socket } from 'node:net';

/** Node's HTTP parser, as far as it is used here. Its types do not have it. */
interface HttpParser {
  onIncoming: (...request: unknown[]) => number;
}

/** An answer of `onIncoming`: no more HTTP follows, as after an upgrade. The parser leaves the rest of its chunk. */
const noMoreHttp = 2;

/**
 * Asks `takesMore` for each request that a socket's HTTP parser finds. Once it is false the parser is done with the chunk: there
 * are hundreds of small requests in one, of each of which Node makes kilobytes of objects, and another error with its stack when
 * the connection is closed before they are answered.
 */
export function limitRequests(socket: Socket, takesMore: () => boolean): void {
  const { parser } = socket as { parser?: HttpParser };
  if (parser === undefined) return;
  const { onIncoming } = parser;
  parser.onIncoming = (...request) => (takesMore() ? onIncoming(...request) : noMoreHttp);
}
