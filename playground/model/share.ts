import { readWebhookChoices, type WebhookChoices } from './webhook-choices.ts';

/**
 * Shared is what a link brings back: all that the user has put in and chosen, nothing that follows
 * from it. The model has the meaning of each.
 */
export interface Shared {
  readonly rules: string;
  readonly input: string;
  readonly namespace: string;
  readonly tab: string;
  readonly selected: number;
  readonly filter: string;
  readonly target: string;
  readonly file: string;
  readonly webhook: WebhookChoices;
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
    return parseShared(new TextDecoder().decode(await readAll(bytes)));
  } catch {
    return undefined;
  }
}

/**
 * Reads the JSON of a `Shared`. Older links have only its first four keys; the others are as on a
 * page that nobody has changed. Returns undefined if one of the four is missing.
 *
 * @throws SyntaxError if it is not valid JSON
 */
export function parseShared(json: string): Shared | undefined {
  const found = (JSON.parse(json) ?? {}) as Record<string, unknown>;
  const { rules, input, namespace, tab, selected } = found;
  if (![rules, input, namespace, tab].every((each) => typeof each === 'string')) return undefined;
  const text = (key: string) => (typeof found[key] === 'string' ? found[key] : '');
  return {
    rules: text('rules'),
    input: text('input'),
    namespace: text('namespace'),
    tab: text('tab'),
    selected: Number.isSafeInteger(selected) ? Math.max(0, Number(selected)) : 0,
    filter: text('filter'),
    target: text('target'),
    file: text('file'),
    webhook: readWebhookChoices(found.webhook),
  };
}

/** Reports whether an address is of no use to others, such as that of a file. */
export function isOnlyOnThisMachine({ protocol, hostname }: Location | URL): boolean {
  return (
    protocol === 'file:' || /^(127\.[\d.]+|0\.0\.0\.0|\[::1?\]|(.+\.)?localhost\.?)$/.test(hostname)
  );
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
