import type { EcrApi } from '../../ecr/ecr-api.ts';
import { EcrError } from '../../ecr/ecr-error.ts';
import { RegistryError } from '../registry-error.ts';
import type { Repository } from '../repository.ts';
import { type TagEntry, tagEntry } from './tag-entry.ts';

/** Lists a repository by Amazon ECR's own API: a thousand tags a call. */
export async function* listEcr(
  api: EcrApi,
  { registry, name }: Repository,
): AsyncGenerator<readonly TagEntry[], void, undefined> {
  try {
    for await (const page of api.listImages(name)) yield page.flatMap(tagEntry);
  } catch (error) {
    throw registryErrorOf(error, registry);
  }
}

/** Lists the repositories of an account in a region: a thousand names a call. */
export async function* listEcrRepositories(
  api: EcrApi,
  registry: string,
): AsyncGenerator<string, void, undefined> {
  try {
    for await (const page of api.listRepositories()) yield* page;
  } catch (error) {
    throw registryErrorOf(error, registry);
  }
}

/** Returns an error of ECR's API as one of the registry; others as they are. */
function registryErrorOf(error: unknown, registry: string): unknown {
  if (!(error instanceof EcrError)) return error;
  const { code } = error;
  const isUnknown = code === 'RepositoryNotFoundException';
  return new RegistryError(`${registry}: ${error.message}`, {
    host: registry,
    ...(isUnknown ? { status: 404, code: 'NAME_UNKNOWN' } : { code }),
    // Only errors of AWS itself have such names; others are of the connection.
    isRetryable: !code.endsWith('Exception'),
  });
}
