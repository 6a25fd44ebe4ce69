import type { IncomingHttpHeaders } from 'node:http';
import { dockerHub } from '../reference/docker-hub.ts';
import { RegistryError, type RegistryErrorOptions } from './registry-error.ts';
import type { Repository } from './repository.ts';
import { retryAfterOf } from './request/headers.ts';

/** Asked is what a request was for. */
export interface Asked {
  readonly repository: Repository;
  /** As the end of a sentence: `GET the manifest 1.27 of library/nginx`. */
  readonly what: string;
}

/** Returns the error of a request: what is wrong, after the registry and what it was asked. */
export function requestError(
  { repository: { registry }, what }: Asked,
  mistake: string,
  facts: Omit<RegistryErrorOptions, 'host'> = {},
): RegistryError {
  return new RegistryError(`${registry}: ${what}: ${mistake}`, { ...facts, host: registry });
}

/** ErrorAnswer is an answer that is not a success. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As much of it as was read. */
  readonly body: Buffer;
  /** Texts of the request that the message must not repeat, whatever the server sent back. */
  readonly secrets: readonly string[];
  /** Whether the request had a login, its own or for its token. */
  readonly hadLogin: boolean;
  /** What the request needs at Amazon ECR: an answer to HEAD has no body that says so. */
  readonly permission?: string | undefined;
}

const retryable = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524]);
/** The longest text of a server that a message repeats, in characters. */
const maxText = 300;

/** Returns the error that an answer means. */
export function errorOf(asked: Asked, answer: ErrorAnswer): RegistryError {
  const { status, headers, body, secrets } = answer;
  const { code, text } = readErrors(body.toString('utf8'), secrets);
  const said = [code, text && repeatable(text, secrets)].filter(Boolean).join(': ');
  const isRateLimit = status === 429 && /pull rate limit|increase-rate-limit/i.test(text ?? '');
  const advice = adviceOf(asked.repository, answer, isRateLimit);
  return requestError(asked, `${status}${said && ` ${said}`}${advice && ` (${advice})`}`, {
    status,
    code,
    isRetryable: retryable.has(status),
    retryAfter: retryAfterOf(headers),
    isRateLimit,
  });
}

function adviceOf(
  { registry }: Repository,
  { status, hadLogin, permission }: ErrorAnswer,
  isRateLimit: boolean,
): string {
  const login = registry === dockerHub ? 'docker login' : `docker login ${registry}`;
  if (isRateLimit)
    return `run this again later, or log in ${hadLogin ? 'with another account' : `with ${login}`}`;
  if (status !== 401 && status !== 403) return '';
  if (!hadLogin) return `it is not there, or only with a login: ${login}`;
  return permission === undefined
    ? 'it is not there, or this login has no access to it'
    : `this login has no access to it: it needs the permission ${permission}`;
}

/** Reads the errors of the distribution spec. A proxy in between may answer with any text. */
export function readErrors(
  text: string,
  secrets: readonly string[] = [],
): { code?: string; text?: string } {
  try {
    const { errors } = JSON.parse(text) as { errors?: unknown };
    const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
    const { code, message, detail } = (first ?? {}) as Record<string, unknown>;
    if (typeof code !== 'string') return readOther(text);
    const words = typeof message === 'string' && message !== '' ? message : stringOf(detail);
    return { code: repeatable(code, secrets).slice(0, 64), ...(words && { text: words }) };
  } catch {
    return text.trimStart().startsWith('<') || text.trim() === '' ? {} : { text };
  }
}

function readOther(json: string): { text?: string } {
  const { message, details, error } = JSON.parse(json) as Record<string, unknown>;
  const text = [message, details, error].find((value) => typeof value === 'string');
  return text === undefined ? {} : { text: text as string };
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Returns what a message may repeat of a server's text: without secrets, and not all of a long one. */
export function repeatable(text: string, secrets: readonly string[]): string {
  return printable(redact(text, secrets));
}

function redact(text: string, secrets: readonly string[]): string {
  let redacted = text;
  for (const secret of secrets)
    if (secret.length > 3) redacted = redacted.replaceAll(secret, '***');
  return redacted;
}

/** Returns the beginning of a text without what would steer a terminal. */
function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return clean.length > maxText ? `${clean.slice(0, maxText)}…` : clean;
}
