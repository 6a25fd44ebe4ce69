import {
  type AuthorizationData,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';

/**
 * What the ECR API of a region answers to GetAuthorizationToken. The one module that has the AWS SDK in it: only who asks for a
 * token imports it, because it takes memory and time.
 */
export async function requestAuthorization(
  region: string,
  abortSignal: AbortSignal,
): Promise<AuthorizationData | undefined> {
  const client = new ECRClient({ region, requestHandler: { connectionTimeout: 3_000 } });
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
