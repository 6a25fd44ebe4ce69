/** What of an event of API Gateway or of a function URL is needed, or how it is refused. */
export type ReadEvent = { readonly body: string } | Refusal;

interface Refusal {
  readonly status: 400 | 404 | 405 | 413;
  readonly message: string;
}

/** What Lambda takes for one call, in bytes; the gateway lets 10 MB through and fails then. */
const maxBody = 6 * 1024 * 1024;

/** Both forms, unchecked: REST APIs send version 1.0, HTTP APIs and function URLs 2.0. */
interface UncheckedEvent {
  readonly httpMethod?: unknown;
  readonly requestContext?: { readonly http?: { readonly method?: unknown } | null } | null;
  readonly path?: unknown;
  readonly rawPath?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

/**
 * The body of a review's event. The content type is not looked at, as gateways rewrite it, and the path only where it
 * must end with a token: function URLs lead every path here.
 */
export function readEvent(event: unknown, pathToken?: string): ReadEvent {
  const { httpMethod, requestContext, path, rawPath, body, isBase64Encoded } = (event ??
    {}) as UncheckedEvent;
  const method = httpMethod ?? requestContext?.http?.method;
  if (typeof method !== 'string') return refuse(400, 'the event is no HTTP request');
  if (pathToken !== undefined && !String(path ?? rawPath).endsWith(`/${pathToken}`)) {
    return refuse(404, 'not found');
  }
  if (method.toUpperCase() !== 'POST') return refuse(405, 'send an AdmissionReview with POST');
  if (body === undefined || body === null || body === '') return refuse(400, 'the body is empty');
  if (typeof body !== 'string') return refuse(400, 'the body is no text');
  if (body.length > (isBase64Encoded === true ? (maxBody / 3) * 4 : maxBody)) {
    return refuse(413, `the body is larger than ${maxBody} bytes`);
  }
  return { body: isBase64Encoded === true ? Buffer.from(body, 'base64').toString() : body };
}

function refuse(status: Refusal['status'], message: string): Refusal {
  return { status, message };
}
