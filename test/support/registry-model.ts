import { nodeReference } from '../../src/reference/reference.ts';
import type { RulesFile } from '../../src/rules/schema.ts';
import { hostOf, isBelow, whole } from './decision-model.ts';

/* What `registries` says of an image: every key is compared with every image. */

/** Lists the pull secrets of the longest key that names any for an image. */
export function registrySecrets(
  { registries = {}, mirror = '' }: RulesFile,
  image: string,
): readonly string[] {
  const reference = nodeReference(image);
  if (reference === undefined) return [];
  const host = hostOf(reference.registry);
  const repository = whole(host, reference.repository);
  const keys = Object.entries(registries).map(([key, { pullSecrets }]) => {
    const [registry = '', ...segments] = key.replaceAll('${mirror}', mirror).split('/');
    return { host: hostOf(registry), path: segments.join('/'), pullSecrets };
  });
  const paths = new Set(keys.filter((key) => key.host === host).map(({ path }) => path));
  const found = keys
    .filter((key) => key.host === host && key.pullSecrets !== undefined)
    .flatMap((key) => {
      const official = whole(host, key.path);
      return [key, ...(paths.has(official) ? [] : [{ ...key, path: official }])];
    })
    .filter(({ path }) => isBelow(repository, path))
    .sort((a, b) => b.path.length - a.path.length)[0];
  return found?.pullSecrets ?? [];
}
