/** Matches names of Secrets (RFC 1123): the API server refuses a Pod that refers to any other. */
export const secretName = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
