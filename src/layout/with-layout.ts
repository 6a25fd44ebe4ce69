import type { Copying } from '../mirror/copying.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Repository } from '../registry/repository.ts';
import type { EarlierImages } from './earlier-images.ts';
import type { Layout } from './layout.ts';

/** Registries is what a run asks: registries, and a layout if there is one. */
export type Registries = Copying['client'] &
  Pick<RegistryClient, 'tags' | 'digests' | 'repositories'>;

/** Returns registries of which one is a layout. */
export function withLayout(
  client: Registries,
  layout: Layout | undefined,
  earlier: EarlierImages | undefined,
): Registries {
  if (layout === undefined) return client;
  const isLayout = (registry: string) => registry === layout.registry;
  const at = ({ registry }: Repository) => (isLayout(registry) ? layout : client);
  return {
    headManifest: (repository, reference) => at(repository).headManifest(repository, reference),
    getManifest: (repository, reference) => at(repository).getManifest(repository, reference),
    putManifest: (repository, ...rest) => at(repository).putManifest(repository, ...rest),
    hasBlob: (repository, digest) => at(repository).hasBlob(repository, digest),
    readBlob: (repository, ...rest) => at(repository).readBlob(repository, ...rest),
    writeBlob: async (to, blob, source, from) => {
      const place = isLayout(to.registry) ? undefined : await earlier?.placeOf(to, blob);
      if (place === undefined) return await at(to).writeBlob(to, blob, source, from);
      return await client.writeBlob(to, blob, () => client.readBlob(place, blob), place.name);
    },
    announce: async (to, blobs) =>
      isLayout(to.registry) ? await layout.announce(blobs) : () => undefined,
    tags: (repository) => at(repository).tags(repository),
    digests: (repository, onFailure) => at(repository).digests(repository, onFailure),
    repositories: (registry) => client.repositories(registry),
    referrers: (repository, digest) => at(repository).referrers(repository, digest),
    requireReachable: (registry) =>
      isLayout(registry) ? layout.requireReachable() : client.requireReachable(registry),
  };
}
