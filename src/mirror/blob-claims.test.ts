import { expect, test } from 'vitest';
import { BlobClaims } from './blob-claims.ts';

const one = { registry: 'm.example', name: 'one' };
const two = { registry: 'm.example', name: 'two' };

test('the first image that has a blob brings it, and the others learn when it is there', async () => {
  const claims = new BlobClaims();
  const first = claims.claim(one, ['x', 'y']);
  const second = claims.claim(two, ['y', 'z']);
  expect([first.leaderOf('x'), first.leaderOf('y'), second.leaderOf('z')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  const leader = second.leaderOf('y');
  expect(leader?.repository).toEqual(one);
  first.settle(true);
  expect(await leader?.isThere).toBe(true);
});

test('if the first one fails, the others learn that too', async () => {
  const claims = new BlobClaims();
  const first = claims.claim(one, ['x']);
  const second = claims.claim(two, ['x']);
  first.settle(false);
  expect(await second.leaderOf('x')?.isThere).toBe(false);
});

test('each registry gets its own', () => {
  const claims = new BlobClaims();
  claims.claim(one, ['x']);
  expect(claims.claim({ ...two, registry: 'n.example' }, ['x']).leaderOf('x')).toBeUndefined();
});

test('in each repository one image mounts a blob, and the next ones wait for that image', () => {
  const claims = new BlobClaims();
  claims.claim(one, ['x']);
  expect(claims.claim(two, ['x']).leaderOf('x')?.repository).toEqual(one);
  expect(claims.claim(two, ['x']).leaderOf('x')?.repository).toEqual(two);
});
