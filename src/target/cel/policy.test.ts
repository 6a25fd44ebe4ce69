import { expect, test } from 'vitest';
import { ownNamespace, systemNamespace } from '../../admission/webhook-configuration.ts';
import { systemNamespaces } from './policy.ts';

test('policies leave out the namespaces that the webhook leaves out', () => {
  expect(systemNamespaces).toEqual([systemNamespace, ownNamespace]);
});
