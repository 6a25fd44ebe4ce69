import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatReference, parseReference } from './reference.ts';

interface Vector {
  readonly id: string;
  readonly group: string;
  readonly input: string;
  readonly ok: boolean;
  readonly domain?: string;
  readonly path?: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly normalized?: string;
}

/** What github.com/distribution/reference v0.6.0 makes of each input. */
const vectors = gunzipSync(readFileSync('test/fixtures/references.jsonl.gz'))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

function parsed(input: string) {
  const reference = parseReference(input);
  if (reference === undefined) return { input, ok: false };
  const { registry, repository, tag, digest } = reference;
  const name = registry === '' ? repository : `${registry}/${repository}`;
  const normalized =
    name + (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
  return { input, ok: true, registry, repository, tag, digest, normalized };
}

function expected({ input, ok, domain = '', path, tag, digest, normalized }: Vector) {
  return ok
    ? { input, ok, registry: domain, repository: path, tag, digest, normalized }
    : { input, ok };
}

test('there are 7,010 vectors', () => {
  expect(vectors).toHaveLength(7010);
});

describe.each([...new Set(vectors.map(({ group }) => group))])('%s', (group) => {
  const ofGroup = vectors.filter((vector) => vector.group === group);

  test('is parsed as the Go library parses it', () => {
    expect(ofGroup.map(({ input }) => parsed(input))).toEqual(ofGroup.map(expected));
  });

  test('is formatted as it was written', () => {
    const accepted = ofGroup.filter(({ ok }) => ok).map(({ input }) => input);
    expect(accepted.map((input) => formatReference(parseReference(input)!))).toEqual(accepted);
  });
});

test.each([
  ['busybox', 'docker.io', 'library/busybox'],
  ['index.docker.io/busybox', 'docker.io', 'library/busybox'],
  ['registry-1.docker.io/busybox', 'registry-1.docker.io', 'busybox'],
  ['DOCKER.IO/busybox', 'DOCKER.IO', 'busybox'],
  ['localhost/x', 'localhost', 'x'],
  ['localhost', 'docker.io', 'library/localhost'],
  ['HOST/x', 'HOST', 'x'],
  ['[::1]:5000/x', '[::1]:5000', 'x'],
  ['host_underscore.com/busybox', '', 'host_underscore.com/busybox'],
])('%s is %s and %s', (input, registry, repository) => {
  expect(parseReference(input)).toMatchObject({ registry, repository });
});

test.each([
  '',
  ' busybox',
  'busybox ',
  'busybox\ufeff',
  'busybox\u0085',
  '/x',
  'x/',
  'a//b',
  'a/../b',
  'a___b',
  'a..b',
  'UPPER',
  'x:',
  'x@',
  'x@sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'bücher.example/x',
  '[]/x',
  'host:/x',
  'host.com./x',
  'ⓚ/x',
  'x\0',
  'x:\n',
])('%j is no reference', (input) => {
  expect(parseReference(input)).toBeUndefined();
});

describe('any string', () => {
  const alphabet = fc.string({ unit: fc.constantFrom(...'ab0AZ.:/@-_[] é\u212a\n'.split('')) });
  const anything = fc.oneof(alphabet, fc.string(), fc.string({ unit: 'binary' }));

  test('gives a reference that formats back, or nothing', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const reference = parseReference(text);
        if (reference !== undefined) expect(formatReference(reference)).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });

  test('the normalized form parses to the same parts', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...vectors.filter(({ ok, domain }) => ok && domain)),
        ({ normalized = '', domain, path, tag, digest }) => {
          expect(parseReference(normalized)).toMatchObject({
            registry: domain,
            repository: path,
            tag,
            digest,
          });
        },
      ),
      { numRuns: 2000 },
    );
  });
});
