import type { Answer } from './call.ts';
import { type Asked, requestError } from './error-answer.ts';
import { headerOf } from './request/headers.ts';

/**
 * Parses an answer; undefined if it is not JSON. An answer that claims to be JSON and is not was cut
 * or changed on the way. It has no digest, so nothing else shows that; taken for an empty list, tags
 * or signatures would be missing without an error.
 *
 * @throws RegistryError that is retryable
 */
export function parseJson(asked: Asked, { status, headers, body }: Omit<Answer, 'json'>): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    if (status !== 200 || !/[/+]json\b/.test(headerOf(headers, 'content-type') ?? ''))
      return undefined;
    throw requestError(asked, 'the answer is not valid JSON', {
      status,
      code: 'INVALID_JSON',
      isRetryable: true,
    });
  }
}
