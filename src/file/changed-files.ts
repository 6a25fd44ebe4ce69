import { stat } from 'node:fs/promises';

/**
 * ChangedFiles reads files again only if they have changed: edited, replaced, or reached by another
 * symbolic link, as a mounted ConfigMap or Secret is. It compares what `stat` reports, because
 * notifications do not come from every file system and not through every link.
 */
export class ChangedFiles {
  readonly #files: readonly string[];
  #last = '';

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  /**
   * Calls `read` the first time, after each change, and after each time it failed. Returns
   * undefined if nothing has changed.
   *
   * @throws what `read` throws
   */
  async read<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
    // Before the files are read: a change that comes in between is then seen the next time.
    const now = await fingerprint(this.#files);
    if (now === this.#last) return undefined;
    // A file that comes back as it was has been away all the same.
    this.#last = '';
    const value = await read();
    this.#last = now;
    return value;
  }
}

async function fingerprint(files: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    files.map(async (file) => {
      try {
        const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true });
        return `${dev}:${ino}:${size}:${mtimeNs}`;
      } catch {
        return 'missing';
      }
    }),
  );
  return parts.join(' ');
}
