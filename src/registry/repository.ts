/**
 * Repository is a repository of a registry as references name it: the registry in lower case,
 * `docker.io` for Docker Hub, and `library/` completed.
 */
export interface Repository {
  readonly registry: string;
  readonly name: string;
}
