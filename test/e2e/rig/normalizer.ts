import { listImages, podSpecPointers } from '../../../src/workload/images.ts';
import type { PeerWebhook } from './peer-webhook.ts';

/** Lists how other webhooks spell images, each as its authors' parser does. */
export const spellings: Readonly<Record<string, (image: string) => string>> = {
  // Parsers built on github.com/distribution/reference, whose String() has every default.
  'the whole name, with a tag': wholeName,
  // Kyverno's verifyImages with mutateDigest keeps the tag; policy-controller of Sigstore does not.
  'a digest behind the tag': (image) => withDigest(wholeName(image)),
  'a digest for the tag': (image) =>
    withDigest(image.includes('@') ? wholeName(image) : withoutTag(wholeName(image))),
  // imagePullPolicy tools that only ever add what is missing.
  'latest for no tag': withTag,
};

const digest = `@sha256:${'d'.repeat(64)}`;

function withDigest(image: string): string {
  return image.includes('@') ? image : image + digest;
}

function withoutTag(image: string): string {
  return image.replace(/:[^/:]+$/, '');
}

function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}

function wholeName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const hasHost = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const path = hasHost && first === 'docker.io' ? rest.join('/') : image;
  if (hasHost && first !== 'docker.io') return withTag(image);
  return withTag(`docker.io/${path.includes('/') ? path : `library/${path}`}`);
}

/** Stands for a webhook that spells every image in its own way, on CREATE and on UPDATE. */
export function normalizer(name: string, spell: (image: string) => string): PeerWebhook {
  return {
    name,
    registration: {
      rules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE'],
          resources: ['pods', 'pods/ephemeralcontainers'],
        },
      ],
    },
    patch: ({ spec }) =>
      listImages(spec).flatMap(({ pointer, image }) => {
        const value = spell(image);
        const path = podSpecPointers.Pod + pointer;
        return value === image ? [] : [{ op: 'replace', path, value }];
      }),
  };
}
