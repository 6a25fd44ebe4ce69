import type { Agent } from 'node:https';
import {
  type AuthorizationData,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';

/**
 * Returns what the ECR API of a region answers to GetAuthorizationToken. This module imports the AWS
 * SDK, which takes memory and time, so it is loaded only if a token is wanted.
 */
export async function requestAuthorization(
  region: string,
  abortSignal: AbortSignal,
  agent: Agent | undefined,
): Promise<AuthorizationData | undefined> {
  const client = new ECRClient({
    region,
    requestHandler: { connectionTimeout: 3_000, ...(agent && { httpsAgent: agent }) },
  });
  try {
    const { authorizationData } = await Promise.race([
      client.send(new GetAuthorizationTokenCommand({}), { abortSignal }),
      // The SDK does not pass the signal on to where the credentials come from.
      rejectWhenAborted(abortSignal),
    ]);
    return authorizationData?.[0];
  } finally {
    client.destroy();
  }
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
