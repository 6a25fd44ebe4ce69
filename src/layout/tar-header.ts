/** Everything in a tar archive begins at a multiple of this, in bytes. */
export const block = 512;

/** The end of an archive: two blocks of zeros. */
export const endOfArchive = Buffer.alloc(2 * block);

/** TarHeader is what the header of a file in a tar archive says. */
export interface TarHeader {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** `0` is a file, `5` a folder, `x` a pax header of the next one. */
  readonly type: string;
}

/** Where the fields of a header are: offset and length, in bytes (POSIX.1-1988, ustar). */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const;
/** Eleven octal digits: 8 GiB less one byte. */
const mostOctal = 8 ** 11 - 1;

/**
 * Formats the header of a file, or of a folder if the name ends with a slash. A size of 8 GiB or more
 * is written in base 256, which GNU tar, Go and libarchive read: unlike a pax header, it takes no
 * block of its own, so that a header can be written again in place.
 */
export function formatHeader({ name, size }: Pick<TarHeader, 'name' | 'size'>): Buffer {
  const header = Buffer.alloc(block);
  const isFolder = name.endsWith('/');
  header.write(name, fields.name[0], fields.name[1], 'utf8');
  writeOctal(header, 'mode', isFolder ? 0o755 : 0o644);
  writeOctal(header, 'uid', 0);
  writeOctal(header, 'gid', 0);
  writeOctal(header, 'mtime', 0);
  if (size <= mostOctal) writeOctal(header, 'size', size);
  else {
    const [at] = fields.size;
    header[at] = 0x80;
    header.writeBigUInt64BE(BigInt(size), at + 4);
  }
  header.write(isFolder ? '5' : '0', fields.type[0], 'latin1');
  header.write('ustar\u000000', fields.magic[0], 'latin1');
  header.write(`${checksumOf(header).toString(8).padStart(6, '0')}\u0000 `, fields.checksum[0]);
  return header;
}

/** Parses a header; undefined if the block is not one. A block of zeros is the end. */
export function parseHeader(header: Buffer): TarHeader | 'end' | undefined {
  if (header.every((byte) => byte === 0)) return 'end';
  if (Number.parseInt(textOf(header, 'checksum').trim(), 8) !== checksumOf(header))
    return undefined;
  const size = readSize(header);
  if (size === undefined) return undefined;
  const isUstar = textOf(header, 'magic').startsWith('ustar');
  const prefix = isUstar ? textOf(header, 'prefix') : '';
  const name = (prefix === '' ? '' : `${prefix}/`) + textOf(header, 'name');
  const type = textOf(header, 'type');
  return { name: name.replace(/^(\.\/)+/, ''), size, type: type === '' ? '0' : type };
}

/** Returns how many bytes a file of this size takes after its header. */
export function paddedSize(size: number): number {
  return Math.ceil(size / block) * block;
}

/** The checksum counts its own field as spaces. */
function checksumOf(header: Buffer): number {
  const [at, length] = fields.checksum;
  let sum = 0;
  for (const [index, byte] of header.entries())
    sum += index >= at && index < at + length ? 0x20 : byte;
  return sum;
}

function writeOctal(header: Buffer, field: keyof typeof fields, value: number): void {
  const [at, length] = fields[field];
  header.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
}

function readSize(header: Buffer): number | undefined {
  const [at] = fields.size;
  const isBase256 = header[at] === 0x80;
  const text = textOf(header, 'size').trim();
  const size = isBase256
    ? Number(header.readBigUInt64BE(at + 4))
    : Number.parseInt(text === '' ? '0' : text, 8);
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

function textOf(header: Buffer, field: keyof typeof fields): string {
  const [at, length] = fields[field];
  const text = header.toString('utf8', at, at + length);
  const end = text.indexOf('\u0000');
  return end === -1 ? text : text.slice(0, end);
}
