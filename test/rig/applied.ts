import { onTestFinished } from 'vitest';
import { kubectl } from './kubectl.ts';
import { until } from './process.ts';

/**
 * Applies a policy and returns when it is in force. When the test is finished, deletes it and waits
 * until it has no effect: the API server obeys a deleted policy for a moment, and the next test
 * would see it.
 */
export async function applyPolicy(text: string, isInForce: () => Promise<boolean>): Promise<void> {
  kubectl(['apply', '--server-side', '-f', '-'], text);
  onTestFinished(async () => {
    kubectl(['delete', '-f', '-'], text);
    await until('the policy has no effect', async () => !(await isInForce()));
  });
  await until('the policy is in force', isInForce);
}
