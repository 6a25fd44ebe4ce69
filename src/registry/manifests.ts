import { isDigest, scanTag } from '../reference/grammar.ts';
import type { Answer, Call } from './call.ts';
import type { Descriptor, Manifest } from './descriptor.ts';
import { requestError } from './error-answer.ts';
import { acceptedManifests, withoutParameters } from './media-type.ts';
import { readManifest } from './read-manifest.ts';
import { RegistryError } from './registry-error.ts';
import type { Repository } from './repository.ts';
import { headerOf } from './request/headers.ts';
import type { Transport } from './transport.ts';

/** The longest manifest that is read, in bytes: twice what a registry must take. */
export const maxManifest = 8 * 1024 * 1024;

/** Returns what a tag or digest names, without its bytes; undefined if it is not there. */
export async function headManifest(
  transport: Transport,
  repository: Repository,
  reference: string,
): Promise<Descriptor | undefined> {
  const call = callOf('HEAD', repository, reference);
  // Some registries answer to GET only.
  const { status, headers } = await transport.send({ ...call, accepts: [404, 405, 501] });
  if (status === 404) return undefined;
  const digest = headerOf(headers, 'docker-content-digest') ?? digestIn(reference) ?? '';
  const size = headerOf(headers, 'content-length') ?? '';
  const mediaType = withoutParameters(headerOf(headers, 'content-type'));
  if (status < 300 && isDigest(digest, 0) && /^\d{1,9}$/.test(size) && mediaType !== '') {
    if (digestIn(reference) === undefined || digest === reference)
      return { mediaType, digest, size: Number(size) };
  }
  const manifest = await getManifest(transport, repository, reference);
  return (
    manifest && {
      mediaType: manifest.mediaType,
      digest: manifest.digest,
      size: manifest.bytes.length,
    }
  );
}

/**
 * Reads a manifest and checks that it is what its digest says; undefined if it is not there.
 *
 * @throws RegistryError; with the code MANIFEST_INVALID if it is not one that can be copied
 */
export async function getManifest(
  transport: Transport,
  repository: Repository,
  reference: string,
): Promise<Manifest | undefined> {
  const call: Call = {
    ...callOf('GET', repository, reference),
    accepts: [404],
    limit: maxManifest,
    isOnce: true,
  };
  return await transport.retrying(repository, async () => {
    const answer = await transport.send(call);
    return answer.status === 404 ? undefined : readManifest(call, answer, digestIn(reference));
  });
}

/** PutResult is what a registry reports about a manifest that it stored. */
export interface PutResult {
  /** Whether it lists the manifest as a referrer of its subject, so that no tag must do that. */
  readonly hasReferrersApi: boolean;
}

/** How often a manifest is sent if the registry does not see its content yet. */
const maxUnseen = 4;

/**
 * Writes a manifest under a tag or its digest, byte for byte. A tag that cannot be moved and names
 * this manifest already is a success.
 *
 * @throws RegistryError
 */
export async function putManifest(
  transport: Transport,
  repository: Repository,
  reference: string,
  manifest: Manifest,
): Promise<PutResult> {
  try {
    return await putSeen(transport, repository, reference, manifest);
  } catch (error) {
    if (!(error instanceof RegistryError) || !mayBeThere(error)) throw error;
    const there = await headManifest(transport, repository, reference).catch(() => undefined);
    if (there?.digest !== manifest.digest) throw error;
    return { hasReferrersApi: false };
  }
}

/** Writes a manifest, and waits a little if the registry does not see yet what it names. */
async function putSeen(...put: Parameters<typeof putOnce>): Promise<PutResult> {
  const [transport, repository] = put;
  for (let tries = 1; ; tries++) {
    try {
      return await putOnce(...put);
    } catch (error) {
      const mayBeSeen = error instanceof RegistryError && isUnseen(error) && tries < maxUnseen;
      if (!mayBeSeen) throw error;
      await transport.pause(repository, error, tries);
    }
  }
}

async function putOnce(
  transport: Transport,
  repository: Repository,
  reference: string,
  { mediaType, digest, bytes }: Manifest,
): Promise<PutResult> {
  const call = callOf('PUT', repository, reference);
  const headers = { 'content-type': mediaType };
  const answer: Answer = await transport.send({ ...call, action: 'push', headers, body: bytes });
  const stored = headerOf(answer.headers, 'docker-content-digest');
  if (stored !== undefined && stored !== digest && stored.startsWith('sha256:'))
    throw requestError(call, `it stored ${stored} instead of ${digest}`, {
      code: 'DIGEST_INVALID',
    });
  return { hasReferrersApi: headerOf(answer.headers, 'oci-subject') !== undefined };
}

/**
 * Reports whether a registry does not know content that a manifest names. Amazon ECR takes some
 * hundred milliseconds to see what it has just stored.
 */
function isUnseen({ code }: RegistryError): boolean {
  return code === 'BLOB_UNKNOWN' || code === 'MANIFEST_UNKNOWN' || code === 'MANIFEST_BLOB_UNKNOWN';
}

/** Reports whether an error may mean that a tag exists already and cannot be moved. */
function mayBeThere({ status, code }: RegistryError): boolean {
  return code === 'TAG_INVALID' || status === 409 || status === 412;
}

function digestIn(reference: string): string | undefined {
  return isDigest(reference, 0) ? reference : undefined;
}

function callOf(method: string, repository: Repository, reference: string): Call {
  const isTag = scanTag(reference, 0) === reference.length;
  if (!isTag && digestIn(reference) === undefined)
    throw new TypeError(`${JSON.stringify(reference)} is not a tag or a digest`);
  const { name } = repository;
  return {
    repository,
    action: 'pull',
    method,
    target: `/v2/${name}/manifests/${reference}`,
    headers: { accept: acceptedManifests },
    what: `${method} manifest ${name}${isTag ? ':' : '@'}${reference}`,
  };
}
