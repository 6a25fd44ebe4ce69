import { stat } from 'node:fs/promises';

/** What came of reading files again; `retry` where the same files may be readable the next time. */
export type Reading = 'done' | 'retry';

/**
 * Calls `read` when one of the files becomes another: edited, renamed over, or reached by another symbolic link, as
 * a mounted ConfigMap or Secret is. It looks each `interval` milliseconds, because notifications do not come from every
 * file system and not through every link. The first look always reads: the files may have changed since the program
 * began. Returns what stops it.
 */
export function watchFiles(
  files: readonly string[],
  interval: number,
  read: () => Promise<Reading>,
): () => void {
  let seen = '';
  let timer: NodeJS.Timeout;
  let isStopped = false;
  const look = async () => {
    // Taken before the files are read: a change that comes in between is then seen the next time.
    const now = await fingerprint(files);
    if (now !== seen && (await read()) === 'done') seen = now;
    if (!isStopped) schedule();
  };
  const schedule = () => {
    timer = setTimeout(() => void look(), interval);
    timer.unref();
  };
  schedule();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
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
