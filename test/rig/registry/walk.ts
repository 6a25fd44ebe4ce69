import { digestOf, digestOfContent } from './content.ts';
import { blobsOf, type DescriptorJson, parseManifest } from './manifest-json.ts';
import type { Store, StoredRepository } from './store.ts';

/**
 * Returns what is wrong with the tags of a registry: each must lead to a manifest, to its children
 * and to their blobs, all with the digest and the size that is claimed. `checked` remembers which
 * blobs are right, so that a walk over the same ones again costs little.
 */
export async function findBrokenTags(
  store: Store,
  checked: WeakSet<object> = new WeakSet(),
): Promise<string[]> {
  const broken: string[] = [];
  for (const [name, repository] of store.repositories) {
    for (const [tag, digest] of repository.tags) {
      const problem = await problemOf(repository, digest, checked);
      if (problem !== undefined) broken.push(`${name}:${tag}: ${problem}`);
    }
  }
  return broken;
}

async function problemOf(
  repository: StoredRepository,
  digest: string,
  checked: WeakSet<object>,
): Promise<string | undefined> {
  const manifest = repository.manifests.get(digest);
  if (manifest === undefined) return `there is no manifest ${digest}`;
  if (checked.has(manifest)) return undefined;
  if (digestOf(manifest.bytes) !== digest) return `the manifest ${digest} has other bytes`;
  const json = parseManifest(manifest.bytes);
  if (json === undefined) return `the manifest ${digest} is not JSON`;
  for (const child of json.manifests ?? []) {
    const problem = await problemOf(repository, child.digest, checked);
    if (problem !== undefined) return problem;
  }
  for (const blob of blobsOf(json)) {
    const problem = await blobProblem(repository, blob, checked);
    if (problem !== undefined) return problem;
  }
  checked.add(manifest);
  return undefined;
}

async function blobProblem(
  { blobs }: StoredRepository,
  { digest, size }: DescriptorJson,
  checked: WeakSet<object>,
): Promise<string | undefined> {
  const content = blobs.get(digest);
  if (content === undefined) return `there is no blob ${digest}`;
  if (content.size !== size) return `the blob ${digest} has ${content.size} bytes, not ${size}`;
  if (checked.has(content)) return undefined;
  if ((await digestOfContent(content)) !== digest) return `the blob ${digest} has other bytes`;
  checked.add(content);
  return undefined;
}

/**
 * Returns what a mirror lacks of a repository: tags that are missing or point elsewhere, and
 * manifests, referrers among them.
 */
export function findMissing(source: StoredRepository, mirror: StoredRepository): string[] {
  const tags = [...source.tags]
    .filter(([tag, digest]) => mirror.tags.get(tag) !== digest)
    .map(([tag, digest]) => `${tag} is ${mirror.tags.get(tag) ?? 'missing'}, not ${digest}`);
  const manifests = [...source.manifests.keys()]
    .filter((digest) => !mirror.manifests.has(digest))
    .map((digest) => `${digest} is missing`);
  return [...tags, ...manifests];
}
