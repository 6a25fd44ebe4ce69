import type { IncomingHttpHeaders } from 'node:http';

/** Returns a header that should be there once; undefined without it. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Returns how long the server wants to be left alone, in milliseconds: seconds or a date. */
export function retryAfterOf(headers: IncomingHttpHeaders): number | undefined {
  const value = headerOf(headers, 'retry-after')?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** Returns the target of `Link: <…>; rel="next"`: an opaque URL, which may be relative. */
export function nextLinkOf(headers: IncomingHttpHeaders): string | undefined {
  for (const link of headerOf(headers, 'link')?.match(/<[^<>]*>[^<]*/g) ?? []) {
    const [, target, parameters = ''] = /^<([^<>]*)>(.*)$/s.exec(link) ?? [];
    if (/;\s*rel\s*=\s*"?next\b/i.test(parameters)) return target;
  }
  return undefined;
}

/** RateLimit is how many pulls a registry allows, and for how many seconds. */
export interface RateLimit {
  readonly remaining: number;
  readonly limit: number | undefined;
  readonly window: number | undefined;
}

/** Reads Docker Hub's `ratelimit-remaining: 20;w=21600`. No header means that the image is free. */
export function rateLimitOf(headers: IncomingHttpHeaders): RateLimit | undefined {
  const [, remaining, window] =
    /^(\d{1,9})(?:;w=(\d{1,9}))?/.exec(headerOf(headers, 'ratelimit-remaining') ?? '') ?? [];
  if (remaining === undefined) return undefined;
  const limit = /^\d{1,9}/.exec(headerOf(headers, 'ratelimit-limit') ?? '')?.[0];
  return {
    remaining: Number(remaining),
    limit: limit === undefined ? undefined : Number(limit),
    window: window === undefined ? undefined : Number(window),
  };
}

/** Reads the texts of `Warning: 299 - "…"`, which registries show to users. */
export function warningsOf(headers: IncomingHttpHeaders): string[] {
  const value = headerOf(headers, 'warning') ?? '';
  return [...value.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replace(/\\(.)/g, '$1'),
  );
}
