import type { CredentialSource } from './credentials.ts';
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
  return async (repository, isRefused = false) => {
    const { registry } = repository;
    if (isRefused) {
      // Without credentials of AWS, the refusal by the registry is reported, not their absence.
      const login = await ecr(repository).catch(() => undefined);
      if (login !== undefined) refused.add(registry);
      return login;
    }
    const kept = refused.has(registry) ? undefined : await docker(repository);
    return kept ?? (await ecr(repository));
  };
}
