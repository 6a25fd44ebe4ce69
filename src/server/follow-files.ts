import { watchFiles } from './watch-files.ts';

interface Following<Value> {
  readonly files: readonly string[];
  /** How often they are looked at, in milliseconds. */
  readonly interval: number;
  /** Reads and checks them. */
  readonly read: () => Promise<Value>;
  readonly use: (value: Value) => void;
  /** Gets each reason once, however often the same files are tried again. */
  readonly failed: (reason: string) => void;
}

/** Reads files again as they change. What cannot be read is tried again until it can. Returns what stops it. */
export function followFiles<Value>({
  files,
  interval,
  read,
  use,
  failed,
}: Following<Value>): () => void {
  let lastFailure = '';
  return watchFiles(files, interval, async () => {
    try {
      const value = await read();
      lastFailure = '';
      use(value);
      return 'done';
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== lastFailure) failed(reason);
      lastFailure = reason;
      return 'retry';
    }
  });
}
