import type { ManifestImage } from './find-images.ts';

/** A piece of a text, and what stands in its place. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** How an image is written in place of another: as it is quoted there, every other character kept. */
export function editFor(text: string, { start, end }: ManifestImage, image: string): Edit {
  const written = text.slice(start, end);
  // An IPv6 host (`[::1]`) would begin a list.
  const [quote = image.startsWith('[') ? '"' : ''] = /^["']/.exec(written) ?? [];
  // What block scalars (`>-`) take of the text ends with the line.
  const [lineEnd = ''] = /\r?\n$/.exec(written) ?? [];
  return { start, end, text: quote + image + quote + lineEnd };
}

/** Edits in the order of the text, none within another. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const edit of edits) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
