/**
 * maxBodySize is the largest body that is read, in bytes. A legitimate UPDATE reaches 16.8 MB: 1.4
 * MB of `<` in one variable, escaped to six bytes each, in object and oldObject.
 */
export const maxBodySize = 32 * 1024 * 1024;
/** BodyError says why a body was not read, with the HTTP status for it. */
export class BodyError extends Error {
  override name = 'BodyError';
  readonly status: 413 | 503;

  constructor(status: 413 | 503, message: string) {
    super(message);
    this.status = status;
  }
}

/** Returns the error of a body that is larger than the largest. */
export function tooLarge(): BodyError {
  return new BodyError(413, `the body is larger than ${maxBodySize} bytes`);
}
