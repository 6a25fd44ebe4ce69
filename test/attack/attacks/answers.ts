import type { Attack } from './attack.ts';
import { gatherCrowd } from './crowd.ts';
import { requestOf, reviewOfMany } from './request.ts';
import { openHealth, openTls, writeForever } from './socket.ts';

const imageOf = (index: number) => `k8s.gcr.io/pause:${index}`;
const small = requestOf(reviewOfMany(3, imageOf));
/** Its answer is longer than a socket's high-water mark on any Node. */
const longAnswer = requestOf(reviewOfMany(600, imageOf));
const noSuchPath = Buffer.from('GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n');
const metrics = Buffer.from('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');

/** Many requests in one write. */
function repeat(request: Buffer, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => request));
}

/** Lists attacks with answers that are asked for faster than they are read. */
export const answerAttacks: readonly Attack[] = [
  {
    name: 'pipelining',
    summary: '100 connections send reviews without waiting for answers, and read them',
    begin: (target) =>
      gatherCrowd(target, {
        size: 100,
        open: openTls,
        use: (socket) => writeForever(socket, repeat(small, 200)),
        reads: true,
      }),
  },
  {
    name: 'pipelined-refusals',
    summary: '100 connections send requests that are refused, without waiting for answers',
    begin: (target) =>
      gatherCrowd(target, {
        size: 100,
        open: openTls,
        use: (socket) => writeForever(socket, repeat(noSuchPath, 1_000)),
        reads: true,
      }),
  },
  {
    name: 'unread-answers',
    summary: '250 connections send reviews of 600 images and never read an answer',
    begin: (target) =>
      gatherCrowd(target, {
        size: 250,
        open: openTls,
        use: (socket) => writeForever(socket, longAnswer),
        reads: false,
      }),
  },
  {
    name: 'unread-metrics',
    summary: '1,000 connections to the health port ask 200 times for /metrics and read nothing',
    begin: (target) =>
      gatherCrowd(target, {
        size: 1_000,
        open: openHealth,
        use: (socket) => socket.write(repeat(metrics, 200)),
        reads: false,
      }),
  },
];
