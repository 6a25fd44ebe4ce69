import type { Answer } from './call.ts';
import type { Manifest } from './descriptor.ts';
import { digestOf } from './digest.ts';
import { type Asked, requestError } from './error-answer.ts';
import { isSchema1Type, ociIndex, ociManifest, withoutParameters } from './media-type.ts';
import { headerOf } from './request/headers.ts';

/**
 * Reads an answer as a manifest.
 *
 * @throws RegistryError if its bytes have another digest than was asked for or than the registry
 *   says; if it is not a manifest; if it is of schema 1, which no registry takes any more
 */
export function readManifest(
  asked: Asked,
  { body, headers }: Pick<Answer, 'body' | 'headers'>,
  wanted: string | undefined,
): Manifest {
  const stated = wanted ?? statedDigest(headerOf(headers, 'docker-content-digest'));
  const digest = digestOf(body, stated);
  if (stated !== undefined && digest !== stated)
    throw requestError(asked, `it has the digest ${digest} instead of ${stated}`, {
      code: 'DIGEST_INVALID',
      isRetryable: true,
    });
  return {
    mediaType: mediaTypeOf(asked, body, headerOf(headers, 'content-type')),
    digest,
    bytes: body,
  };
}

/** A digest of an unknown algorithm cannot be checked. */
function statedDigest(header: string | undefined): string | undefined {
  return header !== undefined && /^sha(256|512):[0-9a-f]{64,128}$/.test(header)
    ? header
    : undefined;
}

function mediaTypeOf(asked: Asked, body: Buffer, contentType: string | undefined): string {
  const sent = withoutParameters(contentType);
  const { schemaVersion, mediaType, manifests } = parse(asked, body);
  if (isSchema1Type(sent) || schemaVersion === 1)
    throw requestError(
      asked,
      'it is in the format of Docker before 1.10 (schema 1), which registries take no longer: pull it with an old Docker, and push it again',
      { code: 'MANIFEST_INVALID' },
    );
  const isGeneric = !/^application\/vnd\./.test(sent);
  if (typeof mediaType !== 'string') {
    if (!isGeneric) return sent;
    return Array.isArray(manifests) ? ociIndex : ociManifest;
  }
  if (!isGeneric && mediaType !== sent)
    throw requestError(asked, `it says that it is ${mediaType}, and is sent as ${sent}`, {
      code: 'MANIFEST_INVALID',
    });
  return mediaType;
}

function parse(asked: Asked, body: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    // What is not JSON comes from a proxy in between, or was cut off.
  }
  throw requestError(asked, 'it is not a manifest', {
    code: 'MANIFEST_INVALID',
    isRetryable: true,
  });
}
