import { ecrTokenExpiry } from '../../ecr/login.ts';
import type { CredentialSource, Credentials } from './credentials.ts';
import { dockerCredentials } from './docker-credentials.ts';
import { ecrCredentials, tokensOfAws } from './ecr-credentials.ts';

/**
 * Finds the login of a repository where Docker and Podman keep it. For Amazon ECR, the credentials of
 * AWS are used if they keep none, or one that has expired: those that `docker login` stores are valid
 * for twelve hours. Undefined means to ask without one. `signal` ends what is waited for.
 */
export function registryCredentials(
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): CredentialSource {
  const docker = dockerCredentials(env, signal);
  const ecr = ecrCredentials(tokensOfAws(env, signal));
  /** The registries that refused what Docker keeps. */
  const refused = new Set<string>();
  return async (repository, refusal) => {
    const { registry } = repository;
    if (refusal !== undefined) {
      // A login that is still valid lacks a permission: another identity must not act in its place.
      const isExpired = refusal === 401 || !isStillValid(await docker(repository));
      if (!isExpired) return undefined;
      // Without credentials of AWS, the refusal by the registry is reported, not their absence.
      const login = await ecr(repository).catch(() => undefined);
      if (login !== undefined) refused.add(registry);
      return login;
    }
    const kept = refused.has(registry) ? undefined : await docker(repository);
    return kept ?? (await ecr(repository));
  };
}

/** Reports whether a login is a token of Amazon ECR that says itself that it has not expired. */
function isStillValid(login: Credentials | undefined): boolean {
  if (login === undefined || 'identityToken' in login) return false;
  const expiry = ecrTokenExpiry(login.password);
  return expiry !== undefined && expiry > Date.now();
}
