import type { Attack } from './attack.ts';
import { gatherCrowd } from './crowd.ts';
import { requestOf, reviewOfMany } from './request.ts';
import { askAgain, openTls } from './socket.ts';

const rules = `version: 1
mirror: mirror.example
rules:
  - from: docker.io
    to: \${mirror}/dockerhub
  - from: k8s.gcr.io
    to: \${mirror}/kubernetes
  - from: "*.gcr.io"
    to: \${mirror}/gcr
`;

/**
 * Lists attacks with reviews that cost a server more than their sender, each sent when the one
 * before has been answered.
 */
export const reviewAttacks: readonly Attack[] = [
  costly({
    name: 'log-flood',
    summary: 'reviews of 9,999 images that are all rewritten',
    connections: 4,
    review: () => reviewOfMany(9_999, (index) => `k8s.gcr.io/${'a'.repeat(100)}:${index}`),
  }),
  costly({
    name: 'long-hosts',
    summary: 'Pods of 180 images whose hosts have 8,000 labels (2.9 MB)',
    connections: 1,
    review: () => reviewOfMany(180, (index) => `${'a.'.repeat(8_000)}com/x${index}`),
  }),
  costly({
    name: 'many-images',
    summary: 'Pods of 9,000 containers with the image nginx (0.3 MB)',
    connections: 4,
    review: () => reviewOfMany(9_000, () => 'nginx'),
  }),
  costly({
    name: 'long-images',
    summary: 'Pods with one image of 900 kB',
    connections: 4,
    review: () => reviewOfMany(1, () => `k8s.gcr.io/${'a/'.repeat(450_000)}x`),
  }),
];

function costly({
  name,
  summary,
  connections,
  review,
}: {
  readonly name: string;
  readonly summary: string;
  readonly connections: number;
  readonly review: () => string;
}): Attack {
  return {
    name,
    summary: `${connections} ${connections === 1 ? 'connection sends' : 'connections send'} ${summary}`,
    rules,
    begin(target) {
      const request = requestOf(review());
      return gatherCrowd(target, {
        size: connections,
        open: openTls,
        use: (socket) => askAgain(socket, request),
        reads: true,
      });
    },
  };
}
