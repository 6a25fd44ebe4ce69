import type { RegistryClient } from '../registry/client.ts';
import type { Descriptor } from '../registry/descriptor.ts';
import type { Repository } from '../registry/repository.ts';
import type { BlobClaims } from './blob-claims.ts';
import type { Slots } from './concurrency.ts';
import type { MirrorEvent } from './mirror-event.ts';
import type { PlannedImage } from './plan.ts';
import type { Platforms } from './platforms.ts';

/** RepositoryState is what is known of a repository of the mirror before an image is copied. */
export type RepositoryState =
  | 'created' // by this run
  | 'without-tags' // an earlier run may have left blobs
  | 'in-use';

/** Repositories creates the repositories of registries that have to have them first. */
export interface Repositories {
  /** Returns whether it created the repository just now. */
  ensure(repository: Repository): Promise<boolean>;
  /** Returns which of the blobs are there; undefined if that takes a request for each. */
  presentBlobs(
    repository: Repository,
    digests: readonly string[],
  ): Promise<ReadonlySet<string> | undefined>;
}

/** Copying is what the images of one run share. */
export interface Copying {
  readonly client: Pick<
    RegistryClient,
    | 'headManifest'
    | 'getManifest'
    | 'putManifest'
    | 'hasBlob'
    | 'readBlob'
    | 'writeBlob'
    | 'referrers'
    | 'requireReachable'
  > & {
    /** Announces the blobs of an image, until the function that is returned is called. */
    announce?(to: Repository, blobs: readonly Descriptor[]): Promise<() => void>;
  };
  readonly platforms: Platforms;
  /** True to copy signatures, attestations and SBOMs. */
  readonly referrers: boolean;
  /** True to look for new referrers of images that the mirror has. */
  readonly rechecksReferrers: boolean;
  readonly repositories: Repositories;
  readonly claims: BlobClaims;
  readonly blobSlots: Slots;
  /** Aborted if the run is stopped. */
  readonly signal: AbortSignal;
  readonly emit: (event: MirrorEvent) => void;
}

/** Way says where one image is read, where it is written, and for which plan. */
export interface Way {
  readonly planned: PlannedImage;
  readonly from: Repository;
  readonly to: Repository;
  readonly state: RepositoryState;
}
