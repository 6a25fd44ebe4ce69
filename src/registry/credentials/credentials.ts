import type { Repository } from '../repository.ts';

/** Credentials are a login: a name and a password, or an identity token for the token service. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string };

/**
 * CredentialSource finds the login for a repository; undefined means to ask without one. `isRefused`
 * says that the registry refused the login that was found before: if there is another, it is used
 * from then on.
 *
 * @throws Error that says what to do, and never holds a secret
 */
export type CredentialSource = (
  repository: Repository,
  isRefused?: boolean,
) => Promise<Credentials | undefined>;
