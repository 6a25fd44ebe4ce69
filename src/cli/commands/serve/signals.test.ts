import { expect, test } from 'vitest';
import { runDetour } from '../../../../test/support/run-detour.ts';

test('a server that does not start leaves no handler of signals behind', async () => {
  const handlers = () => ['SIGTERM', 'SIGINT'].map((name) => process.listenerCount(name));
  const before = handlers();
  const { code } = await runDetour(['serve', '--listen', 'nowhere']);
  expect(code).toBe(2);
  expect(handlers()).toEqual(before);
});
