import { UsageError } from '../terminal.ts';

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const subdomain = new RegExp(`^${label}(?:\\.${label})*$`);

/** Requires the name of a Kubernetes object: an RFC 1123 subdomain, which cannot be a path. */
export function requireName(option: string, name: string): string {
  if (name.length <= 253 && subdomain.test(name)) return name;
  throw new UsageError(`${option} takes a Kubernetes name in lower case, not "${name}"`);
}
