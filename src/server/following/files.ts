import { ChangedFiles } from '../../file/changed-files.ts';
import { repeated } from './repeat.ts';

interface FollowOptions<Value> {
  readonly files: readonly string[];
  /** How often the files are checked, in milliseconds. */
  readonly interval: number;
  /** Reads and checks the files. */
  readonly read: () => Promise<Value>;
  readonly use: (value: Value) => void;
  /** Gets each reason once, however often the same files are tried. */
  readonly failed: (reason: string) => void;
}

/**
 * Reads files again when they change. If they cannot be read, it tries until they can. Returns a
 * function that stops it.
 */
export function followFiles<Value>(options: FollowOptions<Value>): () => void {
  const { files, interval, read, use, failed } = options;
  const changed = new ChangedFiles(files);
  const look = async () => {
    const value = await changed.read(read);
    if (value !== undefined) use(value);
  };
  const following = repeated(look, { interval, failed });
  following.start();
  return following.stop;
}
