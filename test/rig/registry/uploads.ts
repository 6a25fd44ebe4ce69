import { isDigest } from './content.ts';
import { type Answer, errorAnswer } from './exchange.ts';
import { isReferenced } from './manifests.ts';
import { Upload } from './upload.ts';
import { headerOf, type Visit } from './visit.ts';

/** The query is part of an upload's URL: a client that drops it has lost its upload. */
const state = 'of/this upload';

/** Answers `POST …/blobs/uploads/`: mounts, takes a whole blob, or begins an upload. */
export async function beginUpload(visit: Visit): Promise<Answer> {
  const { exchange, repository } = visit;
  const query = exchange.url.searchParams;
  const mount = query.get('mount');
  if (mount !== null) {
    if (query.get('from') === null && visit.quirks.noAnonymousMounts) {
      return errorAnswer(400, 'INVALID_REQUEST', 'a mount needs "from"');
    }
    const blob = mountable(visit, mount, query.get('from'));
    if (blob !== undefined) {
      repository.blobs.set(mount, blob);
      return created(visit, mount);
    }
  }
  const upload = new Upload(visit.keepsBytes);
  const digest = query.get('digest');
  if (digest !== null) return finish(visit, upload, digest);
  const id = repository.beginUpload(upload);
  return accepted(visit, id, upload);
}

function mountable({ store, quirks }: Visit, digest: string, from: string | null) {
  if (quirks.noMounts) return undefined;
  if (from === null) return store.findBlob(digest);
  const other = store.repositories.get(from);
  if (quirks.mountsAfterManifest && !(other && isReferenced(other, digest))) return undefined;
  return other?.blobs.get(digest);
}

/** Answers a request to an upload that was begun. */
export async function continueUpload(visit: Visit, id: string): Promise<Answer> {
  const { exchange, repository } = visit;
  const isWhole = exchange.url.searchParams.get('state') === state;
  const upload = isWhole ? repository.uploads.get(id) : undefined;
  if (upload === undefined) return errorAnswer(404, 'BLOB_UPLOAD_UNKNOWN', `no upload ${id}`);
  if (exchange.method === 'PATCH') return addPart(visit, id, upload);
  if (exchange.method === 'DELETE') {
    repository.uploads.delete(id);
    return { status: 204 };
  }
  if (exchange.method === 'GET') return { ...accepted(visit, id, upload), status: 204 };
  if (exchange.method !== 'PUT') return errorAnswer(405, 'UNSUPPORTED', exchange.method);
  const refusal = refusePart(visit, upload);
  if (refusal !== undefined) return refusal;
  const answer = await finish(visit, upload, exchange.url.searchParams.get('digest') ?? '');
  // What was wrong stays wrong: its bytes are no part of another attempt.
  repository.uploads.delete(id);
  return answer;
}

async function addPart(visit: Visit, id: string, upload: Upload): Promise<Answer> {
  if (visit.quirks.noPatch) return errorAnswer(405, 'UNSUPPORTED', 'no chunked uploads');
  const refusal = refusePart(visit, upload);
  if (refusal !== undefined) return refusal;
  if (visit.quirks.onePatch) {
    if (upload.parts.length === 0) await upload.write(visit.exchange.body);
    return { ...accepted(visit, id, upload), status: 201 };
  }
  await upload.write(visit.exchange.body);
  return accepted(visit, id, upload);
}

function refusePart({ exchange, quirks }: Visit, { size, parts }: Upload): Answer | undefined {
  const length = Number(headerOf(exchange, 'content-length') ?? 0);
  if (quirks.largestBody !== undefined && length > quirks.largestBody) {
    return { status: 413, body: '<html><center>413 Request Entity Too Large</center></html>' };
  }
  // Only the last part may be small, and that it is the last is known when no other follows.
  const before = parts.at(-1) ?? Number.POSITIVE_INFINITY;
  if (length > 0 && before < (quirks.smallestPart ?? 0)) {
    return errorAnswer(416, 'BLOB_UPLOAD_INVALID', 'the part before this one was too small');
  }
  const range = headerOf(exchange, 'content-range');
  const [, start] = /^(?:bytes )?(\d+)-\d+$/.exec(range ?? '') ?? [];
  if (range !== undefined && Number(start) !== size) {
    return errorAnswer(416, 'BLOB_UPLOAD_INVALID', 'this part is out of order', {
      range: rangeOf(size),
    });
  }
  return undefined;
}

async function finish(visit: Visit, upload: Upload, digest: string): Promise<Answer> {
  if (!isDigest(digest)) return errorAnswer(400, 'DIGEST_INVALID', `"${digest}" is not a digest`);
  await upload.write(visit.exchange.body);
  const content = upload.finish(digest, visit.quirks.believesDigests);
  if (content === undefined) {
    return errorAnswer(400, 'DIGEST_INVALID', `the bytes have another digest than ${digest}`);
  }
  visit.repository.blobs.set(digest, content);
  return created(visit, digest);
}

function created({ base, name, quirks }: Visit, digest: string): Answer {
  const path = `/v2/${name}/blobs/${digest}`;
  const location = quirks.relativeLocation ? path : `${base}${path}`;
  return { status: 201, headers: { location, 'docker-content-digest': digest } };
}

function accepted({ base, name, quirks }: Visit, id: string, { size }: Upload): Answer {
  const query = new URLSearchParams({ state });
  const path = `/v2/${name}/blobs/uploads/${id}?${query}`;
  const location = quirks.relativeLocation ? path : `${quirks.uploadsAt ?? base}${path}`;
  const smallest = quirks.smallestPart;
  return {
    status: 202,
    headers: {
      location,
      range: rangeOf(size),
      'docker-upload-uuid': id,
      ...(smallest !== undefined && { 'oci-chunk-min-length': `${smallest}` }),
    },
  };
}

/** The end of the range is part of it, and there is no way to say that nothing is there. */
function rangeOf(size: number): string {
  return `0-${Math.max(0, size - 1)}`;
}
