import type { Agent } from 'node:https';
import { ECR } from '@aws-sdk/client-ecr';

/**
 * Returns the AWS SDK's client of a region. This module and authorization.ts are the only ones that
 * import the SDK, which takes memory and time, so they are loaded only if ECR is asked something.
 */
export function createClient(region: string, agent: Agent | undefined): ECR {
  return new ECR({
    region,
    // ECR allows some operations ten times a second only. EcrApi tries again after these.
    maxAttempts: 5,
    retryMode: 'adaptive',
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 60_000,
      ...(agent && { httpsAgent: agent }),
    },
  });
}
