/*
 * Whether an image still is the one that a mark names, after another webhook has spelled it in its
 * own way: the same table for the webhook and for compiled policies.
 */

const a = `sha256:${'a'.repeat(64)}`;
const b = `sha256:${'b'.repeat(64)}`;

/** MarkedImage is the image that a mark names, and the one that is in its place now. */
export interface MarkedImage {
  readonly marked: string;
  readonly image: string;
  /** Whether it is kept, and the mark stays. */
  readonly isStill: boolean;
}

const still = (marked: string, image: string): MarkedImage => ({ marked, image, isStill: true });
const another = (marked: string, image: string): MarkedImage => ({ marked, image, isStill: false });

/** Lists pairs of images, for a mark that names one place. */
export const markedImages: readonly MarkedImage[] = [
  // Docker Hub's names.
  still('busybox', 'busybox'),
  still('busybox', 'busybox:latest'),
  still('busybox:latest', 'busybox'),
  still('busybox', 'docker.io/busybox'),
  still('busybox', 'docker.io/library/busybox'),
  still('busybox', 'docker.io/library/busybox:latest'),
  still('library/busybox:1', 'busybox:1'),
  still('docker.io/library/busybox:1', 'busybox:1'),
  still('index.docker.io/busybox:1', 'docker.io/busybox:1'),
  still('registry-1.docker.io/busybox:1', 'docker.io/library/busybox:1'),
  still('Docker.io/library/busybox:1', 'busybox:1'),
  still('team/app:1', 'docker.io/team/app:1'),
  another('team/app:1', 'docker.io/library/app:1'),
  another('library/team/app:1', 'team/app:1'),
  another('busybox', 'nginx'),
  another('busybox', 'quay.io/library/busybox'),
  // Other registries.
  still('quay.io/p/app:1', 'QUAY.io/p/app:1'),
  still('my_reg.example.com/x', 'my_reg.example.com/x:latest'),
  still('localhost:5000/x:1', 'LOCALHOST:5000/x:1'),
  another('quay.io/p/app:1', 'quay.io:443/p/app:1'),
  another('quay.io/app:1', 'quay.io/library/app:1'),
  another('quay.io/p/app:1', 'quay.io/p/app/x:1'),
  // Tags and digests.
  still('busybox:1', `busybox:1@${a}`),
  still('busybox:1', `docker.io/library/busybox@${a}`),
  still('busybox', `busybox@${a}`),
  still('busybox', `busybox:latest@${a}`),
  still(`busybox@${a}`, `docker.io/busybox@${a}`),
  still(`busybox:1@${a}`, `busybox@${a}`),
  still(`busybox@${a}`, `busybox:1@${a}`),
  another('busybox:1', 'busybox:2'),
  another('busybox:1', 'busybox'),
  another('busybox', 'busybox:1'),
  another('busybox', `busybox:1@${a}`),
  another('busybox:1', `busybox:2@${a}`),
  another(`busybox@${a}`, `busybox@${b}`),
  another(`busybox:1@${a}`, `busybox:1@${b}`),
  another(`busybox:1@${a}`, `busybox:2@${a}`),
  another(`busybox:1@${a}`, 'busybox:1'),
  another(`busybox@${a}`, 'busybox'),
  another('busybox:LATEST', 'busybox'),
  // With the prefix once more, as after `direct.to/direct.to/busybox`.
  still('direct.to/busybox:1', `direct.to/busybox:1@${a}`),
  another('busybox:1', 'm.example/library/busybox:1'),
];
