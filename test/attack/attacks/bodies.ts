import type { Socket } from 'node:net';
import type { Attack } from './attack.ts';
import { gatherCrowd } from './crowd.ts';
import { headOf, requestOf, reviewOf } from './request.ts';
import { askAgain, openTls } from './socket.ts';

const mebibyte = 1024 * 1024;

/** Sends all of a body but its last bytes. */
function stall(socket: Socket, length: number): void {
  socket.write(headOf(length));
  socket.write(Buffer.alloc(length - 6, ' '));
}

/** What a real API server sends for a Pod of 1.4 MB that is updated: 16.8 MB. */
function largestReview(): string {
  const containers = [
    { name: 'a', image: 'busybox', env: [{ name: 'X', value: '<'.repeat(2.8e6) }] },
  ];
  return reviewOf(containers).replaceAll('<', '\\u003c');
}

/** Lists attacks with bodies that are large, or do not end. */
export const bodyAttacks: readonly Attack[] = [
  {
    name: 'stalled-bodies',
    summary: '300 connections send 1 MiB of a body and stall before its end',
    begin: (target) =>
      gatherCrowd(target, {
        size: 300,
        open: openTls,
        use: (socket) => stall(socket, mebibyte),
        reads: true,
      }),
  },
  {
    name: 'stalled-large-bodies',
    summary: '30 connections send 16 MiB of a body and stall before its end',
    begin: (target) =>
      gatherCrowd(target, {
        size: 30,
        open: openTls,
        use: (socket) => stall(socket, 16 * mebibyte),
        reads: true,
      }),
  },
  {
    name: 'large-bodies',
    summary: '30 connections send reviews of 16.8 MB, one after the other',
    begin: (target) => {
      const request = requestOf(largestReview());
      return gatherCrowd(target, {
        size: 30,
        open: openTls,
        use: (socket) => askAgain(socket, request),
        reads: true,
      });
    },
  },
];
