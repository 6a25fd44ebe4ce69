import { type Asked, requestError } from './error-answer.ts';
import type { RegistryError } from './registry-error.ts';
import { ForbiddenHostError } from './request/connections.ts';

const certificateCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const transient = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOANSWER',
  'EPARTSENT',
  'EPIPE',
  'ESTALLED',
  'ETIMEDOUT',
  'ETRUNCATED',
]);

/**
 * Returns the error of a request that got no whole answer, with what to do about it. `elsewhere` is
 * the host that did not answer, if the registry led to it.
 */
export function connectionError(
  asked: Asked,
  error: NodeJS.ErrnoException,
  elsewhere?: string,
): RegistryError {
  const { code } = error;
  const message = messageOf(error);
  // That one says itself where the registry leads.
  const isOwn = elsewhere === undefined || error instanceof ForbiddenHostError;
  const mistake = isOwn
    ? `${message}${adviceOf(asked.repository.registry, error)}`
    : `it leads to ${elsewhere}: ${message}${adviceElsewhere(asked.repository.registry, error)}`;
  return requestError(asked, mistake, {
    code,
    isRetryable: transient.has(code ?? '') || message === 'socket hang up',
  });
}

/** Several addresses of one name may fail for several reasons. */
function messageOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  return (error.message || first?.message) ?? error.name;
}

/** The CA of a registry is trusted for the hosts that it leads to; its other facts are its own. */
function adviceElsewhere(registry: string, error: NodeJS.ErrnoException): string {
  return certificateCodes.has(error.code ?? '') ? adviceOf(registry, error) : '';
}

function adviceOf(registry: string, { code = '', message }: NodeJS.ErrnoException): string {
  const at = `registries: {${registry}: …}`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return ` (it does not speak TLS; if that is meant, the rules file says so: plainHttp: true under ${at})`;
  if (certificateCodes.has(code))
    return ` (give the certificate of its CA to the rules file: ca under ${at}, or set SSL_CERT_FILE)`;
  if (code.startsWith('HPE_') || /HTTP request to an HTTPS server/.test(message))
    return ` (it does not speak plain HTTP; remove plainHttp under ${at})`;
  if (code === 'ENOTFOUND') return ' (check the name of the registry)';
  return '';
}
