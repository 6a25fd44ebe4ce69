import { stat } from 'node:fs/promises';

/**
 * Calls `onChange` when one of the files becomes another: edited, renamed over, or reached by another symbolic link, as
 * a mounted ConfigMap or Secret is. It looks each `interval` milliseconds, because notifications do not come from every
 * file system and not through every link. Returns what stops it.
 */
export async function watchFiles(
  files: readonly string[],
  interval: number,
  onChange: () => Promise<void>,
): Promise<() => void> {
  let seen = await fingerprint(files);
  let timer: NodeJS.Timeout;
  let isStopped = false;
  const look = async () => {
    // Taken before the files are read: a change that comes in between is then seen the next time.
    const now = await fingerprint(files);
    if (now !== seen) {
      seen = now;
      await onChange();
    }
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
