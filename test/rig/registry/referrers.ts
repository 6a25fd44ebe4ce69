import { type Answer, errorAnswer, jsonAnswer } from './exchange.ts';
import { parseManifest } from './manifest-json.ts';
import type { StoredRepository } from './store.ts';
import type { Visit } from './visit.ts';

/** Answers the referrers API: the manifests whose subject is this digest. */
export function answerReferrers({ exchange, repository, quirks }: Visit, subject: string): Answer {
  if (quirks.noReferrers) return { status: 404, body: '404 page not found\n' };
  if (exchange.method !== 'GET') return errorAnswer(405, 'UNSUPPORTED', exchange.method);
  const wanted = exchange.url.searchParams.get('artifactType');
  const all = referrersOf(repository, subject);
  const manifests = wanted === null ? all : all.filter((each) => each.artifactType === wanted);
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return jsonAnswer(
    { schemaVersion: 2, mediaType, manifests },
    {
      'content-type': mediaType,
      ...(wanted !== null && { 'oci-filters-applied': 'artifactType' }),
    },
  );
}

function referrersOf({ manifests }: StoredRepository, subject: string) {
  return [...manifests].flatMap(([digest, { mediaType, bytes }]) => {
    const json = parseManifest(bytes);
    if (json?.subject?.digest !== subject) return [];
    const { annotations } = json;
    const artifactType = json.artifactType ?? json.config?.mediaType;
    return [{ mediaType, digest, size: bytes.length, artifactType, annotations }];
  });
}
