import type { RecordedRequest } from '../../rig/registry/exchange.ts';
import type { Effect } from '../../rig/registry/faults.ts';
import type { Random } from './random.ts';

type MakeEffect = (random: Random) => Effect;

const answers: readonly MakeEffect[] = [
  () => answer(500, 'UNKNOWN'),
  () => answer(502, 'UNKNOWN'),
  () => answer(503, 'UNAVAILABLE', { 'retry-after': '0' }),
  () => answer(429, 'TOOMANYREQUESTS', { 'retry-after': '1' }),
];

/** What goes wrong on the way there. */
const anywhere: readonly MakeEffect[] = [
  ...answers,
  () => ({ kind: 'cut' }),
  () => ({ kind: 'lose-answer' }),
  () => ({ kind: 'wrong-digest' }),
  (random) => ({ kind: 'delay', milliseconds: random.below(200) }),
];

/** What goes wrong with a body that is read. */
const reading: readonly MakeEffect[] = [
  (random) => ({ kind: 'cut-answer', after: sizeBelow(random) }),
  (random) => ({ kind: 'truncate', after: sizeBelow(random) }),
  (random) => ({ kind: 'corrupt', at: sizeBelow(random) }),
];

/** Reads are where most can go wrong. */
const readingTwice = [...reading, ...reading];

/** What goes wrong with a body that is written. */
const writing: readonly MakeEffect[] = [
  (random) => ({ kind: 'cut-upload', after: sizeBelow(random) }),
  () => answer(404, 'BLOB_UPLOAD_UNKNOWN'),
];

/** Some faults are within the first bytes, others further on. */
function sizeBelow(random: Random): number {
  return random.below(random.pick([150, 300, 300_000]));
}

function answer(status: number, code: string, headers: Record<string, string> = {}): Effect {
  const body = JSON.stringify({ errors: [{ code, message: 'a fault for a test' }] });
  return {
    kind: 'answer',
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body,
  };
}

/**
 * Chooses what goes wrong with a request. What has no digest cannot be told from what was changed on
 * the way, so lists are cut only.
 */
export function randomEffect({ method, path }: RecordedRequest, random: Random): Effect {
  const isWrite = method === 'PUT' || method === 'PATCH';
  const isRead = method === 'GET';
  const choices = [...anywhere, ...(isWrite ? writing : []), ...(isRead ? readingTwice : [])];
  const effect = random.pick(choices)(random);
  const hasDigest = /\/(manifests|blobs)\//.test(path);
  return effect.kind === 'corrupt' && !hasDigest ? { kind: 'cut' } : effect;
}
