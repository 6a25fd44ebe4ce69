import type { ManifestImage } from './find-images.ts';

/** Edit replaces a range of a text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Returns the edit that replaces an image. Quotes and line ends are kept. */
export function editFor(text: string, { start, end }: ManifestImage, image: string): Edit {
  const written = text.slice(start, end);
  // An IPv6 host (`[::1]`) would begin a list.
  const [quote = image.startsWith('[') ? '"' : ''] = /^["']/.exec(written) ?? [];
  // The range of a block scalar (`>-`) includes the line end.
  const [lineEnd = ''] = /\r?\n$/.exec(written) ?? [];
  return { start, end, text: quote + image + quote + lineEnd };
}

/** Applies edits, which are in the order of the text and do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
