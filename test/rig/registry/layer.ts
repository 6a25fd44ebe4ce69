import { gzipSync } from 'node:zlib';
import { digestOf } from './content.ts';

/** Layer is a layer as it is pushed, and the digest that it has uncompressed. */
export interface Layer {
  readonly bytes: Buffer;
  readonly diffId: string;
}

/** Packs a layer that runtimes can unpack: an archive, compressed, of one file with this text. */
export function packLayer(text: string): Layer {
  const archive = archiveOf('text', Buffer.from(text));
  return { bytes: gzipSync(archive, { level: 1 }), diffId: digestOf(archive) };
}

/** Takes bytes for a layer that is not compressed. */
export function plainLayer(bytes: Buffer): Layer {
  return { bytes, diffId: digestOf(bytes) };
}

const block = 512;

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
function archiveOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(block);
  header.write(name, 0);
  header.write('0000644\0', 100); // mode
  header.write('0000000\0'.repeat(2), 108); // user and group
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136); // time
  header.write(' '.repeat(8), 148); // the checksum, while it is summed up
  header.write('0ustar\u000000', 156); // a file, in this format
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((block - (content.length % block)) % block);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * block)]);
}
