/** Line is a line without its line feed, or the beginning of a line that is too long. */
export interface Line {
  readonly text: string;
  /** Whether `text` is the whole line. */
  readonly isWhole: boolean;
}

const lineFeed = 0x0a;

/**
 * Splits bytes at line feeds. Only the first `limit` bytes of a line are kept, so that memory is
 * bounded whatever is sent. Bytes after the last line feed are dropped, because they are half a
 * line.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  limit: number,
): AsyncGenerator<Line> {
  let kept: Buffer[] = [];
  let size = 0;
  let isWhole = true;
  const append = (bytes: Buffer) => {
    const fitting = bytes.subarray(0, limit - size);
    isWhole &&= fitting.length === bytes.length;
    if (fitting.length > 0) kept.push(fitting);
    size += fitting.length;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      append(chunk.subarray(start, end));
      yield { text: Buffer.concat(kept).toString('utf8'), isWhole };
      kept = [];
      size = 0;
      isWhole = true;
      start = end + 1;
    }
    append(chunk.subarray(start));
  }
}
