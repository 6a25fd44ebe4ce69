import type { IncomingHttpHeaders } from 'node:http';
import type { ClientEvent } from './client-event.ts';
import { repeatable } from './error-answer.ts';
import { rateLimitOf, warningsOf } from './request/headers.ts';

/** Reports rate limits and warnings of an answer, without the secrets that were sent. */
export function reportAnswer(
  emit: (event: ClientEvent) => void,
  registry: string,
  headers: IncomingHttpHeaders,
  secrets: readonly string[],
): void {
  const rateLimit = rateLimitOf(headers);
  if (rateLimit !== undefined) emit({ type: 'rate-limit', registry, ...rateLimit });
  for (const text of warningsOf(headers))
    emit({ type: 'warning', registry, text: repeatable(text, secrets) });
}
