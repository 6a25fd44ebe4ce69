export interface Line {
  readonly text: string;
  /** Whether `text` is the whole line, not only its beginning. */
  readonly isWhole: boolean;
}

const lineFeed = 0x0a;

/**
 * Splits bytes at line feeds. Of a line longer than `limit` bytes only the beginning is kept, so that memory is bounded
 * whatever is sent. The rest after the last line feed is dropped: it is half a line.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  limit: number,
): AsyncGenerator<Line> {
  let kept: Buffer[] = [];
  let size = 0;
  let isWhole = true;
  const keep = (bytes: Buffer) => {
    const fitting = bytes.subarray(0, limit - size);
    isWhole &&= fitting.length === bytes.length;
    if (fitting.length > 0) kept.push(fitting);
    size += fitting.length;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      keep(chunk.subarray(start, end));
      yield { text: Buffer.concat(kept).toString('utf8'), isWhole };
      kept = [];
      size = 0;
      isWhole = true;
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
}
