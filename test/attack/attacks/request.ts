import { reviewBody } from '../../support/admission-review.ts';
/** Returns the head of a request that announces a review of `length` bytes. */
export function headOf(length: number): Buffer {
  return Buffer.from(
    `POST /mutate?timeout=30s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`,
  );
}

/** Returns a whole request with a body. */
export function requestOf(body: string): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([headOf(bytes.length), bytes]);
}

/**
 * Returns a review of a new Pod with such containers; what is `more` goes into its Pod's metadata.
 */
export function reviewOf(
  containers: readonly { readonly name: string; readonly image: string }[],
  more: object = {},
): string {
  return reviewBody({
    uid: 'attack',
    operation: 'CREATE',
    namespace: 'default',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    object: { kind: 'Pod', metadata: { name: 'attack', ...more }, spec: { containers } },
  });
}

/** Returns a review with so many containers, whose images `imageOf` makes. */
export function reviewOfMany(
  count: number,
  imageOf: (index: number) => string,
  more?: object,
): string {
  const containers = Array.from({ length: count }, (_, index) => {
    return { name: `c${index}`, image: imageOf(index) };
  });
  return reviewOf(containers, more);
}
