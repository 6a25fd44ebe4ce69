import { ChangedFiles } from '../../file/changed-files.ts';
import { repeated } from './repeat.ts';

interface FollowOptions<Value> {
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
