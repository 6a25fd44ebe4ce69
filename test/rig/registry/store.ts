import { randomUUID } from 'node:crypto';
import type { Content } from './content.ts';
import type { Upload } from './upload.ts';

/** StoredManifest is a manifest or an index, byte for byte as it was pushed. */
export interface StoredManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** When it was pushed. */
  readonly pushed: Date;
}

/** StoredRepository is what a registry has under one name. */
export class StoredRepository {
  /** By digest. */
  readonly blobs = new Map<string, Content>();
  /** By digest. */
  readonly manifests = new Map<string, StoredManifest>();
  /** Digests by tag. */
  readonly tags = new Map<string, string>();
  /** Its tags never move, as `quirks.immutableTags` says of all repositories. */
  isImmutable = false;
  /** By the last segment of their URL. */
  readonly uploads = new Map<string, Upload>();

  beginUpload(upload: Upload): string {
    const id = randomUUID();
    this.uploads.set(id, upload);
    return id;
  }

  /** Finds a manifest by tag or digest. */
  find(reference: string): { digest: string; manifest: StoredManifest } | undefined {
    const digest = this.tags.get(reference) ?? reference;
    const manifest = this.manifests.get(digest);
    return manifest && { digest, manifest };
  }
}

/** Store is all that a registry has, in memory. */
export class Store {
  readonly repositories = new Map<string, StoredRepository>();

  /** Returns a repository, which is made if it is not there. */
  repository(name: string): StoredRepository {
    const found = this.repositories.get(name);
    if (found !== undefined) return found;
    const made = new StoredRepository();
    this.repositories.set(name, made);
    return made;
  }

  /** Finds a blob in any repository. */
  findBlob(digest: string): Content | undefined {
    for (const { blobs } of this.repositories.values()) {
      const blob = blobs.get(digest);
      if (blob !== undefined) return blob;
    }
    return undefined;
  }
}
