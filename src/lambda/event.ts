/**
 * ReadEvent is the body of an event of API Gateway or of a function URL, or why the event is
 * refused.
 */
export type ReadEvent = { readonly body: string } | Refusal;

interface Refusal {
  readonly status: 400 | 404 | 405 | 413;
  readonly message: string;
}

/**
 * The most that Lambda accepts in one call, in bytes. The gateway lets 10 MB through, and such a
 * call fails.
 */
const maxBody = 6 * 1024 * 1024;

/**
 * UncheckedEvent has both forms: REST APIs send version 1.0, HTTP APIs and function URLs send 2.0.
 */
interface UncheckedEvent {
  readonly httpMethod?: unknown;
  readonly requestContext?: { readonly http?: { readonly method?: unknown } | null } | null;
  readonly path?: unknown;
  readonly rawPath?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

/**
 * Returns the body of the event of a review. The content type is ignored, because gateways rewrite
 * it. The path is checked only if it must end with a token, because function URLs lead every path
 * here.
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

/** RulesQuestion is the event that asks which rules the function holds. */
export interface RulesQuestion {
  readonly detour: 'rules';
}

/**
 * Reports whether an event asks which rules the function holds. Only `aws lambda invoke` can send
 * it, which IAM must allow: gateways and function URLs wrap what they receive into an event of their
 * own.
 */
export function asksForRules(event: unknown): event is RulesQuestion {
  return (
    Object.keys(Object(event)).join() === 'detour' && (event as RulesQuestion).detour === 'rules'
  );
}

function refuse(status: Refusal['status'], message: string): Refusal {
  return { status, message };
}
