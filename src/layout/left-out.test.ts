import { expect, test } from 'vitest';
import { formatLeftOut, parseLeftOut } from './left-out.ts';

test('a record is read as it was written', () => {
  const leftOut = new Map([
    ['sha256:a', { archive: 'a.tar', images: ['docker.io/library/nginx:1', 'quay.io/b:1'] }],
    ['sha256:b', { archive: 'b.tar', images: ['quay.io/b:1'] }],
  ]);
  expect(parseLeftOut(formatLeftOut(leftOut))).toEqual(leftOut);
});

test.each(['x', 'null', '[]', '{"blobs":[]}', '{"blobs":{"a":1}}'])(
  '%s leaves out nothing',
  (text) => {
    expect(parseLeftOut(Buffer.from(text)).size).toBe(0);
  },
);
