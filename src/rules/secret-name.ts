/** Names of Secrets (RFC 1123): with another in it a Pod would be refused. */
export const secretName = /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
