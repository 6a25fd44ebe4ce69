import { ChangedFiles } from '../file/changed-files.ts';
import { readFileWithin, readRegularFileWithin, readStreamWithin } from '../file/read-within.ts';
import { maxRulesLength } from '../rules/load.ts';
import type { RulesSource } from './source.ts';

/** Returns the source of a file that is read once. It may be a pipe. */
export function fileSource(file: string): RulesSource {
  return { name: file, isLive: false, read: () => readFileWithin(file, maxRulesLength) };
}

/** Returns the source of a stream, such as standard input, that is read once. */
export function streamSource(name: string, stream: AsyncIterable<Buffer>): RulesSource {
  const limit = { limit: maxRulesLength, name };
  return { name, isLive: false, read: () => readStreamWithin(stream, limit) };
}

/** Returns the source of a file that is read again when it changes. It must be a regular file. */
export function followedFileSource(file: string): RulesSource {
  const changed = new ChangedFiles([file]);
  const read = () => changed.read(() => readRegularFileWithin(file, maxRulesLength));
  return { name: file, isLive: true, read };
}
