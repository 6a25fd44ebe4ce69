import type { Agent } from 'node:https';
import type { AuthorizationData } from '@aws-sdk/client-ecr';

/** EcrToken is a login for every registry of a region that the role may pull from. */
export interface EcrToken {
  readonly username: string;
  readonly password: string;
  /** In milliseconds since 1970; twelve hours after it was given. */
  readonly expiresAt: number;
}

/** For the credentials and the token together, all attempts. */
const defaultTimeout = 20_000;

/** TokenOptions say how AWS is asked, and for how long. */
export interface TokenOptions {
  /** In milliseconds; 20 s by default. */
  readonly timeout?: number | undefined;
  /** Reaches the ECR API, if that takes a proxy. */
  readonly agent?: Agent | undefined;
  /** Ends the wait for an answer. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks AWS for a token, with the credentials that every AWS tool finds: environment, role of the
 * service account (IRSA), EKS Pod Identity, role of the node.
 *
 * @throws Error that says what to do, and never holds a token
 */
export async function getEcrToken(
  region: string,
  { timeout = defaultTimeout, agent, signal }: TokenOptions = {},
): Promise<EcrToken> {
  const ends = [AbortSignal.timeout(timeout), ...(signal === undefined ? [] : [signal])];
  const { requestAuthorization } = await import('./authorization.ts');
  try {
    return readToken(await requestAuthorization(region, AbortSignal.any(ends), agent));
  } catch (error) {
    // The error itself is not passed on: it may hold the answer, and that the token.
    throw new Error(`no ECR token for ${region}: ${explain(error, region)}`);
  }
}

/** Reads `authorizationToken`, which is `AWS:PASSWORD` in base64. */
function readToken(data: AuthorizationData | undefined): EcrToken {
  const [, username, password] =
    /^([^:]+):(.+)$/.exec(Buffer.from(data?.authorizationToken ?? '', 'base64').toString()) ?? [];
  const expiresAt = data?.expiresAt?.getTime();
  if (username === undefined || password === undefined || expiresAt === undefined)
    throw new SyntaxError();
  return { username, password, expiresAt };
}

/**
 * Returns when the token of ECR that is a password expires, in milliseconds since 1970; undefined if
 * the password does not say so. The token is JSON in base64, of which AWS promises nothing.
 */
export function ecrTokenExpiry(password: string): number | undefined {
  try {
    const token: unknown = JSON.parse(Buffer.from(password, 'base64').toString('utf8'));
    const { expiration } = (token ?? {}) as { expiration?: unknown };
    return typeof expiration === 'number' ? expiration * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

function explain(error: unknown, region: string): string {
  const { name, message } = error as Error;
  switch (name) {
    case 'CredentialsProviderError':
      return `no AWS credentials were found; give the service account a role by EKS Pod Identity or IRSA (${message})`;
    case 'AccessDenied':
    case 'AccessDeniedException':
      return `the role needs the permission ecr:GetAuthorizationToken on *, and a trust policy for this service account (${message})`;
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
    case 'InvalidIdentityToken':
      return `these credentials are not valid in this AWS partition: China, GovCloud and all other regions are separate (${message})`;
    case 'TimeoutError':
    case 'AbortError':
      return `no answer in time; ${reach(region)}`;
    case 'SyntaxError':
    case 'TypeError':
      // Their messages may quote what was read.
      return `what answers is not the ECR API; ${reach(region)}`;
    default:
      // What has a fault is AWS's own answer.
      return Object.hasOwn(error as object, '$fault')
        ? `${name} (${message})`
        : `${message || name}; ${reach(region)}`;
  }
}

function reach(region: string): string {
  return `the Pod must reach the ECR API of ${region} and, for IRSA, STS there (without a way out: VPC endpoints ecr.api and sts)`;
}
