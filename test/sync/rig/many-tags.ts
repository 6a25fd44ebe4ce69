import { digestOf } from '../../rig/registry/content.ts';
import type { EcrAccount } from '../../rig/registry/ecr/account.ts';
import { ociTypes } from '../../rig/registry/images.ts';
import type { Store, StoredRepository } from '../../rig/registry/store.ts';

/** Returns the names of so many tags. */
export function tagNames(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `1.${at}`);
}

/**
 * Adds an image for each tag, without content: a survey reads none. The first one was pushed last, and
 * the others a day before each other.
 */
export function addTags(store: Store, name: string, tags: readonly string[]): void {
  const repository = store.repository(name);
  const config = { mediaType: ociTypes.config, digest: digestOf('{}'), size: 2 };
  for (const [days, tag] of tags.entries()) {
    const annotations = { tag, name };
    const mediaType = ociTypes.manifest;
    const manifest = { schemaVersion: 2, mediaType, config, layers: [], annotations };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(bytes);
    const pushed = new Date(Date.now() - days * 86_400_000);
    repository.manifests.set(digest, { mediaType, bytes, pushed });
    repository.tags.set(tag, digest);
  }
}

/** Copies a repository, so that a mirror is up to date. */
export function copyRepository(from: StoredRepository, to: StoredRepository): void {
  for (const [digest, manifest] of from.manifests) to.manifests.set(digest, manifest);
  for (const [tag, digest] of from.tags) to.tags.set(tag, digest);
  for (const [digest, blob] of from.blobs) to.blobs.set(digest, blob);
}

/** Creates a repository of Amazon ECR. */
export function createRepository(account: EcrAccount, name: string): StoredRepository {
  return account.create(name, {
    imageTagMutability: 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
    createdAt: 0,
    tags: [],
  });
}
