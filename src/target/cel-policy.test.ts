import { expect, test } from 'vitest';
import { ownNamespace, systemNamespace } from '../workload/opt-out.ts';
import { systemNamespaces } from './cel-policy.ts';

test('policies leave out the namespaces that the webhook leaves out', () => {
  expect(systemNamespaces).toEqual([systemNamespace, ownNamespace]);
});
