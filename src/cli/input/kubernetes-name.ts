import { UsageError } from '../terminal.ts';

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(?:\\.${label})*`;
const objectName = new RegExp(`^${subdomain}$`);
const qualifiedName = new RegExp(
  `^(?:(${subdomain})/)?([A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)$`,
);
const value = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** Requires the name of a Kubernetes object: an RFC 1123 subdomain, which cannot be a path. */
export function requireName(option: string, name: string): string {
  if (name.length <= 253 && objectName.test(name)) return name;
  throw new UsageError(`${option} takes a Kubernetes name in lower case, not "${name}"`);
}

/** Reports whether a text can be the key of a label or an annotation. */
export function isQualifiedName(text: string): boolean {
  const [, prefix = '', name = ''] = qualifiedName.exec(text) ?? [];
  return name !== '' && prefix.length <= 253 && name.length <= 63;
}

/** Reports whether a text can be the value of a label. */
export function isLabelValue(text: string): boolean {
  return text.length <= 63 && value.test(text);
}
