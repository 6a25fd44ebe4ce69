import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBody } from './decode-body.ts';

/** Decodes, and returns the text and after how many steps more were left. */
function decode(bytes: Buffer): { text: string; steps: number } {
  const steps = decodeBody(bytes);
  for (let count = 0; ; count++) {
    const { done, value } = steps.next();
    if (done) return { text: value, steps: count };
  }
}

test('gives what Buffer gives, also where a step ends within a character, and for what is not UTF-8', () => {
  const unit = fc.oneof(
    fc.constantFrom('a', 'é', '中', '😀', '\u2028', '\u0000').map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
  );
  const bodies = fc.tuple(fc.array(unit, { minLength: 1 }), fc.nat(5)).map(([units, more]) => {
    const block = Buffer.concat(units);
    const around = Math.floor((1024 * 1024) / Math.max(1, block.length)) + more;
    return Buffer.concat(Array.from({ length: around }, () => block));
  });
  fc.assert(
    fc.property(bodies, (bytes) => {
      expect(decode(bytes).text === bytes.toString()).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('takes one step for ASCII, and a step a mebibyte for other text', () => {
  expect(decode(Buffer.alloc(8 * 1024 * 1024, 'a')).steps).toBe(0);
  expect(decode(Buffer.alloc(8 * 1024 * 1024, 'é')).steps).toBe(7);
});
