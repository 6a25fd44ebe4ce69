import type { Repository } from '../registry/repository.ts';
import { formatRepository } from './located.ts';

/** Claim says who brings a blob to a registry, and whether that has succeeded. */
export interface Claim {
  readonly repository: Repository;
  /** True once a manifest that refers to the blob is in `repository`; false if that failed. */
  readonly isThere: Promise<boolean>;
}

/** Claims are what an image has to bring, and what others bring before it. */
export interface Claims {
  /** Returns the image that brings a blob; undefined if it is this one. */
  leaderOf(digest: string): Claim | undefined;
  /** Reports to those who wait whether the image is there. To be called in any case. */
  settle(isThere: boolean): void;
}

/**
 * BlobClaims makes sure that a blob is sent to a registry once: the first image that has it brings
 * it, the others wait for that image and mount the blob from its repository. Of several images in
 * one repository only the first mounts it. Amazon ECR mounts only what a manifest refers to, so they
 * wait for the manifest.
 *
 * An image claims all its blobs at once, so it waits only for images that came before it, and no
 * two images wait for each other.
 */
export class BlobClaims {
  readonly #claims = new Map<string, Claim>();

  claim(repository: Repository, digests: Iterable<string>): Claims {
    let settle: (isThere: boolean) => void = () => undefined;
    const isThere = new Promise<boolean>((resolve) => {
      settle = resolve;
    });
    const mine: Claim = { repository, isThere };
    const leaders = new Map<string, Claim>();
    // An image of the same repository leaves nothing to do, not even to mount.
    const places = [formatRepository(repository), repository.registry];
    for (const digest of digests) {
      const keys = places.map((place) => `${place} ${digest}`);
      const leader = keys.map((key) => this.#claims.get(key)).find((claim) => claim !== undefined);
      if (leader !== undefined) leaders.set(digest, leader);
      for (const key of keys) if (!this.#claims.has(key)) this.#claims.set(key, mine);
    }
    return { leaderOf: (digest) => leaders.get(digest), settle };
  }
}

/** Reports whether two repositories are one. */
export function isSameRepository(one: Repository, other: Repository): boolean {
  return formatRepository(one) === formatRepository(other);
}
