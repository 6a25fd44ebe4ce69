const throttles = new Set([
  'RequestLimitExceeded',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** EcrError reports that Amazon ECR's own API refused, or could not be reached. */
export class EcrError extends Error {
  override readonly name = 'EcrError';
  /** The name of AWS's error, such as `RepositoryNotFoundException`. */
  readonly code: string;

  /** Reports whether ECR refused because of too many calls, so that the same call may succeed later. */
  get isThrottled(): boolean {
    return throttles.has(this.code);
  }

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Returns an error of the SDK with what was to be done and, if known, what to do. AWS's own message
 * is in it, and nothing else that was sent or received.
 */
export function ecrErrorOf(error: unknown, operation: string, about: string): EcrError {
  const { name, message } = error as Error;
  const isOfAws = typeof error === 'object' && error !== null && '$fault' in error;
  const reason = isOfAws ? `${name} (${message})` : message || name;
  return new EcrError(`ECR ${operation} for ${about}: ${reason}${adviceOf(name, operation)}`, name);
}

function adviceOf(name: string, operation: string): string {
  switch (name) {
    case 'AccessDeniedException':
      return `; the caller needs the permission ecr:${operation}`;
    case 'CredentialsProviderError':
      return '; set AWS_PROFILE, or give the Pod a role by EKS Pod Identity or IRSA';
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
      return '; credentials of one AWS partition are not valid in another: China is separate';
    default:
      return '';
  }
}
