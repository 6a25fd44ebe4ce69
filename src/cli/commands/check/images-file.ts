import { listLines } from '../../../mirror/listed.ts';
import { nodeReference } from '../../../reference/reference.ts';
import { readImageList } from '../../input/image-list.ts';
import { type Terminal, UsageError } from '../../terminal.ts';

/**
 * Reads a list of images, one per line, from a file or (`-`) standard input; `#` begins a comment.
 * Throws UsageError if a line is not an image: a manifest, for example, would seem to have no
 * collisions.
 */
export async function readImages(file: string, terminal: Terminal): Promise<string[]> {
  const place = file === '-' ? 'standard input' : file;
  const text = await readImageList(file, 'the images', terminal);
  return Array.from(listLines(text), ({ written, number }) => {
    if (nodeReference(written) !== undefined) return written;
    throw new UsageError(
      `line ${number} of ${place} is not an image: pass one image per line, such as docker.io/library/nginx:1.27`,
    );
  });
}
