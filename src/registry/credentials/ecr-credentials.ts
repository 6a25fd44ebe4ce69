import { getEcrToken } from '../../ecr/login.ts';
import { ecrRegistry } from '../../reference/ecr-registry.ts';
import { awsAgent } from '../request/aws-agent.ts';
import type { CredentialSource } from './credentials.ts';

/** A token is asked for again when it has so long left: uploads may take hours. In milliseconds. */
const earlyBy = 2 * 60 * 60_000;

/** EcrLogin is a token of Amazon ECR with its end, in milliseconds since 1970. */
type EcrLogin = Awaited<ReturnType<typeof getEcrToken>>;

/** GetToken asks AWS for a token of a region. */
type GetToken = (region: string) => Promise<EcrLogin>;

/**
 * Logs in to Amazon ECR with the credentials that every AWS tool finds. A token is for all registries
 * of a region that the caller may use.
 */
export function ecrCredentials(getToken: GetToken): CredentialSource {
  const logins = new Map<string, Promise<EcrLogin>>();
  const loginOf = async (region: string): Promise<EcrLogin> => {
    const kept = logins.get(region);
    const login = await kept;
    if (login !== undefined && login.expiresAt - Date.now() > earlyBy) return login;
    // Another caller may have asked meanwhile.
    const isAsked = logins.get(region) !== kept;
    if (!isAsked) {
      const asked = getToken(region);
      logins.set(region, asked);
      asked.catch(() => logins.delete(region));
    }
    return (await logins.get(region)) as EcrLogin;
  };
  return async ({ registry }) => {
    const ecr = ecrRegistry(registry);
    if (ecr === undefined) return undefined;
    const { username, password } = await loginOf(ecr.region);
    return { username, password };
  };
}

/**
 * Returns a function that asks AWS for tokens, through the proxy of the environment if there is one.
 * `signal` ends its requests.
 */
export function tokensOfAws(env: NodeJS.ProcessEnv, signal?: AbortSignal): GetToken {
  return async (region) => {
    try {
      return await getEcrToken(region, { agent: awsAgent(region, env), signal });
    } catch (error) {
      throw new Error(
        `${(error as Error).message}; at a terminal, set AWS_PROFILE, or log in by docker login`,
      );
    }
  };
}
