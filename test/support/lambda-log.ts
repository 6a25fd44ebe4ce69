import fs from 'node:fs';
import { afterEach, beforeEach, vi } from 'vitest';

/** Keeps what the function writes to its log during each test of a file, as text and as lines. */
export function keepLambdaLog() {
  let written = '';
  beforeEach(() => {
    written = '';
    vi.spyOn(fs, 'writeSync').mockImplementation((_, bytes) => {
      written += bytes;
      return bytes.length;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const lines = () =>
    written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { lines, written: () => written };
}
