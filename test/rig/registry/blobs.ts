import type { Content } from './content.ts';
import { type Answer, errorAnswer } from './exchange.ts';
import { headerOf, type Visit } from './visit.ts';

/** Answers a request for a blob. */
export function answerBlob(visit: Visit, digest: string): Answer {
  const { exchange, repository, quirks } = visit;
  const { method } = exchange;
  const blob = repository.blobs.get(digest);
  if (blob === undefined) return errorAnswer(404, 'BLOB_UNKNOWN', `no blob ${digest}`);
  if (method === 'DELETE') {
    repository.blobs.delete(digest);
    return { status: 202 };
  }
  if (method !== 'GET' && method !== 'HEAD') return errorAnswer(405, 'UNSUPPORTED', method);
  if (quirks.blobsAt !== undefined && method === 'GET') {
    const location = `${quirks.blobsAt}${exchange.path}?signature=of-this-blob`;
    return { status: 307, headers: { location } };
  }
  return rangeAnswer(visit, blob, digest);
}

function rangeAnswer({ exchange, quirks }: Visit, blob: Content, digest: string): Answer {
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    ...(!quirks.noRange && { 'accept-ranges': 'bytes' }),
  };
  const range = headerOf(exchange, 'range');
  if (range === undefined || quirks.noRange) return { status: 200, headers, body: blob };
  const [start, end] = quirks.refusesRange ? [0, 0] : boundsOf(range, blob.size);
  if (start >= end) {
    const size = { 'content-range': `bytes */${blob.size}` };
    return errorAnswer(416, 'SIZE_INVALID', `no range ${range}`, size);
  }
  return {
    status: 206,
    headers: { ...headers, 'content-range': `bytes ${start}-${end - 1}/${blob.size}` },
    body: {
      size: end - start,
      read: (from = 0, to = end - start) => blob.read(start + from, start + to),
    },
  };
}

/** Returns the first byte of a range, and the one after its last; both 0 if it is not a range. */
function boundsOf(range: string, size: number): readonly [start: number, end: number] {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === undefined || last === undefined || first + last === '') return [0, 0];
  if (first === '') return [Math.max(0, size - Number(last)), size];
  return [Number(first), last === '' ? size : Math.min(Number(last) + 1, size)];
}
