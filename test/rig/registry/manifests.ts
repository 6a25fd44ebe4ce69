import { digestOf, isDigest } from './content.ts';
import { type Answer, errorAnswer, readBody } from './exchange.ts';
import { blobsOf, type ManifestJson, parseManifest } from './manifest-json.ts';
import type { StoredRepository } from './store.ts';
import { headerOf, type Visit } from './visit.ts';

/** The largest manifest that a registry must take; this one takes no more. */
const largest = 4 * 1024 * 1024;
const isTag = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Answers a request for a manifest or an index. */
export async function answerManifest(visit: Visit, reference: string): Promise<Answer> {
  const { method } = visit.exchange;
  if (method === 'PUT') return putManifest(visit, reference);
  const found = visit.repository.find(reference);
  if (found === undefined) {
    return errorAnswer(404, 'MANIFEST_UNKNOWN', `no manifest ${reference}`);
  }
  if (method === 'DELETE') return deleteManifest(visit.repository, reference);
  if (method !== 'GET' && method !== 'HEAD') return errorAnswer(405, 'UNSUPPORTED', method);
  const { manifestsAt, noDigestHeader } = visit.quirks;
  if (manifestsAt !== undefined) {
    return { status: 307, headers: { location: `${manifestsAt}${visit.exchange.path}` } };
  }
  const { manifest, digest } = found;
  const limit = rateLimit(visit);
  if (limit?.isOver)
    return { ...tooManyPulls, headers: { ...tooManyPulls.headers, ...limit.headers } };
  return {
    status: 200,
    headers: {
      ...limit?.headers,
      'content-type': manifest.mediaType,
      ...(!noDigestHeader && { 'docker-content-digest': digest }),
    },
    body: manifest.bytes,
  };
}

const tooManyPulls = errorAnswer(
  429,
  'TOOMANYREQUESTS',
  'You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
);

/** Only GET counts: https://docs.docker.com/docker-hub/usage/pulls/ */
function rateLimit({ exchange, quirks }: Visit) {
  if (quirks.remainingPulls === undefined) return undefined;
  const isOver = quirks.remainingPulls <= 0;
  if (exchange.method === 'GET' && !isOver) quirks.remainingPulls -= 1;
  const headers = {
    'ratelimit-limit': '100;w=21600',
    'ratelimit-remaining': `${quirks.remainingPulls};w=21600`,
    'docker-ratelimit-source': '192.0.2.1',
  };
  return { isOver: isOver && exchange.method === 'GET', headers };
}

function deleteManifest(repository: StoredRepository, reference: string): Answer {
  if (!repository.tags.delete(reference)) {
    repository.manifests.delete(reference);
    for (const [tag, digest] of repository.tags) {
      if (digest === reference) repository.tags.delete(tag);
    }
  }
  return { status: 202 };
}

async function putManifest(visit: Visit, reference: string): Promise<Answer> {
  const { exchange, repository, quirks } = visit;
  const bytes = await readBody(exchange);
  const json = parseManifest(bytes);
  const mediaType = headerOf(exchange, 'content-type') ?? json?.mediaType ?? '';
  const refusal = refuseBytes(bytes, reference) ?? refuseManifest(visit, json, mediaType);
  if (refusal !== undefined) return refusal;
  const tags = isDigest(reference)
    ? exchange.url.searchParams.getAll(quirks.noTagParameter ? '' : 'tag')
    : [reference];
  const stuck = refuseMove(visit, tags);
  if (stuck !== undefined) return stuck;
  const digest = digestOf(bytes, algorithmOf(reference));
  if (!repository.manifests.has(digest)) {
    repository.manifests.set(digest, { mediaType, bytes, pushed: new Date() });
  }
  for (const tag of tags) repository.tags.set(tag, digest);
  const reportsSubject = !(quirks.noReferrers || quirks.noSubjectHeader);
  return {
    status: 201,
    headers: {
      location: `${visit.base}/v2/${visit.name}/manifests/${reference}`,
      'docker-content-digest': digest,
      ...(reportsSubject && json?.subject && { 'oci-subject': json.subject.digest }),
      ...(isDigest(reference) && tags.length > 0 && { 'oci-tag': tags }),
    },
  };
}

/** An immutable tag is refused even if it would stay where it is (ECR). */
function refuseMove({ repository, quirks }: Visit, tags: readonly string[]): Answer | undefined {
  const { immutableTags = repository.isImmutable ? 'TAG_INVALID' : undefined } = quirks;
  const tag = tags.find((each) => repository.tags.has(each));
  if (immutableTags === undefined || tag === undefined) return undefined;
  return errorAnswer(400, immutableTags, `The image tag '${tag}' already exists`);
}

function algorithmOf(reference: string): string {
  return isDigest(reference) ? (reference.split(':')[0] as string) : 'sha256';
}

function refuseBytes(bytes: Buffer, reference: string): Answer | undefined {
  if (bytes.length > largest) return errorAnswer(413, 'SIZE_INVALID', 'this manifest is too large');
  const isByDigest = isDigest(reference);
  if (!(isByDigest || isTag.test(reference))) {
    return errorAnswer(400, reference.includes(':') ? 'DIGEST_INVALID' : 'TAG_INVALID', reference);
  }
  const digest = digestOf(bytes, algorithmOf(reference));
  if (!isByDigest || digest === reference) return undefined;
  return errorAnswer(400, 'DIGEST_INVALID', `the bytes have the digest ${digest}`);
}

function refuseManifest(
  { repository, quirks }: Visit,
  json: ManifestJson | undefined,
  mediaType: string,
): Answer | undefined {
  if (json === undefined) return errorAnswer(400, 'MANIFEST_INVALID', 'this is not a manifest');
  if (quirks.wantsMediaType && json.mediaType === undefined) {
    return errorAnswer(405, 'UNSUPPORTED', 'Invalid parameter: a manifest needs "mediaType"');
  }
  if (json.mediaType !== undefined && json.mediaType !== mediaType.replace(/;.*/, '')) {
    return errorAnswer(400, 'MANIFEST_INVALID', `this is ${json.mediaType}, not ${mediaType}`);
  }
  if (quirks.lateBlobs) {
    quirks.lateBlobs -= 1;
    return errorAnswer(404, 'BLOB_UNKNOWN', 'this blob is not there yet');
  }
  const missing = quirks.sparseManifests ? undefined : findMissing(repository, json);
  if (missing === undefined) return undefined;
  return errorAnswer(404, 'MANIFEST_BLOB_UNKNOWN', `${missing} is not in this repository`);
}

/** Returns the first blob or child that a manifest names and the repository does not have. */
function findMissing(repository: StoredRepository, json: ManifestJson): string | undefined {
  const blob = blobsOf(json).find(({ digest }) => !repository.blobs.has(digest));
  const child = json.manifests?.find(({ digest }) => !repository.manifests.has(digest));
  return (blob ?? child)?.digest;
}

/** Reports whether a manifest of the repository has this blob. */
export function isReferenced(repository: StoredRepository, blob: string): boolean {
  return [...repository.manifests.values()].some(({ bytes }) => {
    const json = parseManifest(bytes);
    return json !== undefined && blobsOf(json).some(({ digest }) => digest === blob);
  });
}
