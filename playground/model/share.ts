/**
 * Shared is what a link brings back: all that the user has put in, nothing that follows from it.
 */
export interface Shared {
  readonly rules: string;
  readonly input: string;
  readonly namespace: string;
  readonly tab: string;
}

/** Longer addresses are cut by what they are sent with. */
const maxFragment = 100_000;
/** What a link may unpack to, in bytes. */
const maxUnpacked = 8 * 1024 * 1024;

/**
 * Packs it into the fragment of an address, which is never sent to a server. Returns undefined if
 * that would be too long.
 */
export async function toFragment(shared: Shared): Promise<string | undefined> {
  const bytes = new TextEncoder().encode(JSON.stringify(shared));
  const packed = await readAll(through(bytes, new CompressionStream('deflate-raw')));
  const fragment = `#1.${toBase64Url(packed)}`;
  return fragment.length > maxFragment ? undefined : fragment;
}

/** Unpacks a fragment. Returns undefined for one that is not of this page, or broken. */
export async function fromFragment(fragment: string): Promise<Shared | undefined> {
  const [, packed] = /^#1\.([\w-]+)$/.exec(fragment) ?? [];
  if (packed === undefined || fragment.length > maxFragment) return undefined;
  try {
    const bytes = through(fromBase64Url(packed), new DecompressionStream('deflate-raw'));
    const shared: unknown = JSON.parse(new TextDecoder().decode(await readAll(bytes)));
    if (!isShared(shared)) return undefined;
    const { rules, input, namespace, tab } = shared;
    return { rules, input, namespace, tab };
  } catch {
    return undefined;
  }
}

function isShared(value: unknown): value is Shared {
  if (typeof value !== 'object' || value === null) return false;
  const shared = value as Record<string, unknown>;
  return ['rules', 'input', 'namespace', 'tab'].every((key) => typeof shared[key] === 'string');
}

type Transform = ReadableWritablePair<Uint8Array<ArrayBuffer>, BufferSource>;

function through(bytes: Uint8Array<ArrayBuffer>, transform: Transform): ReadableStream<Uint8Array> {
  return new Blob([bytes]).stream().pipeThrough(transform);
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    length += next.value.length;
    if (length > maxUnpacked) throw new Error('the link unpacks to too much');
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function toBase64Url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
