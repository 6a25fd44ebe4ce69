import type { Repository } from '../repository.ts';

/** Credentials are a login: a name and a password, or an identity token for the token service. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string };

/** Refusal is the status of an answer that refuses a login, or what it asks for. */
export type Refusal = 401 | 403;

/**
 * CredentialSource finds the login for a repository; undefined means to ask without one. `refusal` is
 * the status with which the registry refused the login that was found before: if there is another
 * one that may do, it is used from then on.
 *
 * @throws Error that says what to do, and never holds a secret
 */
export type CredentialSource = (
  repository: Repository,
  refusal?: Refusal,
) => Promise<Credentials | undefined>;
