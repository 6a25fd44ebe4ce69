import { expect, test } from 'vitest';
import { readInput } from './try-input.ts';

/** The images of a text with their lines, `line image`. */
function imagesOf(text: string): string[] {
  const input = readInput(text);
  if (input.kind !== 'images') return [input.kind];
  return input.images.map(({ image, line }) => `${line} ${image}`);
}

test.each<[string, string, string[]]>([
  [
    'docker images',
    `REPOSITORY          TAG       IMAGE ID       CREATED        SIZE
nginx               1.27      39286ab8a5e1   2 weeks ago    188MB
quay.io/org/app     <none>    0f3b8d4c5a6e   3 months ago   1.2GB
<none>              <none>    1f3b8d4c5a6e   3 months ago   1.2GB
`,
    ['2 nginx:1.27', '3 quay.io/org/app'],
  ],
  [
    'crictl images',
    `IMAGE                       TAG      IMAGE ID        SIZE
registry.k8s.io/pause       3.10     873ed75102791   320kB
docker.io/library/busybox   latest   27a71e19c9562   2.17MB
`,
    ['2 registry.k8s.io/pause:3.10', '3 docker.io/library/busybox:latest'],
  ],
  [
    'a numbered list',
    '1. nginx\n2) quay.io/a:1\n10. ghcr.io/b\n',
    ['1 nginx', '2 quay.io/a:1', '3 ghcr.io/b'],
  ],
  [
    'a list with bullets',
    '* nginx\n• quay.io/a:1\n- ghcr.io/b\n',
    ['1 nginx', '2 quay.io/a:1', '3 ghcr.io/b'],
  ],
  ['a JSON array', '["nginx", "quay.io/a:1"]', ['1 nginx', '1 quay.io/a:1']],
  ['a JSON array on lines', '[\n  "nginx",\n  "quay.io/a:1"\n]\n', ['2 nginx', '3 quay.io/a:1']],
  ['JSON strings on lines', '"nginx"\n"quay.io/a:1"\n', ['1 nginx', '2 quay.io/a:1']],
  [
    'docker images --format json',
    '{"ID":"a1","Repository":"nginx","Tag":"1.27"}\n{"Repository":"quay.io/a","Tag":"<none>"}\n',
    ['1 nginx:1.27', '2 quay.io/a'],
  ],
  [
    'a Dockerfile',
    `# syntax=docker/dockerfile:1
ARG GO=1.23
ARG REGISTRY=quay.io/org
FROM --platform=$BUILDPLATFORM golang:\${GO}-alpine AS build
RUN go build
FROM \${REGISTRY}/base:\${TAG:-v1} as base
COPY --from=build /app /app
COPY --from=ghcr.io/tools/cli:2 /cli /cli
COPY --from=0 /a /b
from scratch
FROM base
`,
    ['4 golang:1.23-alpine', '6 quay.io/org/base:v1', '8 ghcr.io/tools/cli:2'],
  ],
])('%s', (_, text, images) => {
  expect(imagesOf(text)).toEqual(images);
});

test('JSON lines of objects are a manifest, with each image where it is', () => {
  const pod = (name: string) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { containers: [{ name: 'c', image: `quay.io/${name}` }] },
    });
  const text = `${pod('a')}\n\n${pod('b')}\n`;
  const input = readInput(text);
  if (input.kind !== 'manifest') throw new Error('not a manifest');
  const { images, podSpecs, documents, errors } = input.manifest;
  expect(errors).toEqual([]);
  expect(documents).toHaveLength(2);
  expect(podSpecs.map(({ document, object }) => `${document} ${object.name}`)).toEqual([
    '0 a',
    '1 b',
  ]);
  expect(images.map(({ line, document }) => `${line} ${document}`)).toEqual(['1 0', '3 1']);
  expect(images.map(({ start, end }) => text.slice(start, end))).toEqual([
    '"quay.io/a"',
    '"quay.io/b"',
  ]);
});
