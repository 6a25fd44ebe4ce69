import { startBlobHost } from '../hosts.ts';
import type { FakeInternet } from '../internet.ts';
import { blobsOf, parseManifest } from '../manifest-json.ts';
import { type FakeRegistry, startRegistry } from '../registry.ts';
import type { FakeServer } from '../server.ts';
import type { StoredRepository } from '../store.ts';
import { EcrAccount } from './account.ts';
import { type FakeEcrApi, startEcrApi } from './api.ts';

/** FakeEcr is the ECR of one account in one region. */
export interface FakeEcr {
  readonly account: EcrAccount;
  /** The API of registries, with ECR's quirks. */
  readonly registry: FakeRegistry;
  readonly api: FakeEcrApi;
  /** S3, where blobs are read. */
  readonly s3: FakeServer;
  /** What leads the AWS SDK of a program here, with credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** Closes the API. The rest closes with the internet that it is in. */
  close(): Promise<void>;
}

/** EcrOptions say which ECR it is. */
export interface EcrOptions {
  readonly id?: string;
  readonly region?: string;
}

/** Starts a fake ECR, whose registry and S3 have the names of real ones. */
export async function startEcr(internet: FakeInternet, options: EcrOptions = {}): Promise<FakeEcr> {
  const { id = '123456789012', region = 'us-west-2' } = options;
  const account = new EcrAccount(id, region);
  const bucket = `prod-${region}-starport-layer-bucket.s3.${region}.${account.suffix}`;
  const s3 = await internet.start(bucket, (server) => startBlobHost(account.store, server));
  const registry = await internet.start(account.host, (server) =>
    startRegistry({
      ...server,
      store: account.store,
      access: { scheme: 'basic', accounts: [{ username: 'AWS', password: account.password }] },
      quirks: {
        pageSize: 100,
        largestPage: 1_000,
        onePatch: true,
        wantsMediaType: true,
        closedRepositories: true,
        mountsAfterManifest: true,
        blobsAt: `https://${bucket}`,
        get noMounts() {
          return account.settings.get('BLOB_MOUNTING') !== 'ENABLED';
        },
      },
    }),
  );
  const api = await startEcrApi(account);
  return {
    account,
    registry,
    api,
    s3,
    environment: {
      AWS_ENDPOINT_URL_ECR: api.url,
      AWS_ACCESS_KEY_ID: 'AKIAFAKE',
      AWS_SECRET_ACCESS_KEY: 'a-secret-key-of-aws-that-nobody-may-see',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    close: () => api.close(),
  };
}

/**
 * Deletes what a lifecycle policy for untagged images deletes: those that no tag, no index that
 * stays and no subject that stays keeps.
 */
export function expireUntagged(repository: StoredRepository): string[] {
  const kept = new Set<string>(repository.tags.values());
  for (const digest of kept) {
    const json = parseManifest(repository.manifests.get(digest)?.bytes ?? Buffer.alloc(0));
    for (const child of json?.manifests ?? []) kept.add(child.digest);
    for (const [referrer, { bytes }] of repository.manifests) {
      if (parseManifest(bytes)?.subject?.digest === digest) kept.add(referrer);
    }
  }
  const deleted = [...repository.manifests.keys()].filter((digest) => !kept.has(digest));
  for (const digest of deleted) repository.manifests.delete(digest);
  const used = [...repository.manifests.values()].flatMap(({ bytes }) =>
    blobsOf(parseManifest(bytes) ?? {}).map(({ digest }) => digest),
  );
  for (const digest of repository.blobs.keys()) {
    if (!used.includes(digest)) repository.blobs.delete(digest);
  }
  return deleted;
}
