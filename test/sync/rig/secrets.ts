import { readdirSync, readFileSync } from 'node:fs';
import type { RecordedRequest } from '../../rig/registry/exchange.ts';

/** Secret is something that only some may see. */
export interface Secret {
  readonly name: string;
  readonly value: string;
  /** The hosts that it is for. */
  readonly hosts: readonly string[];
}

/** Returns every way in which a secret appears in headers, URLs, forms and texts. */
function spellingsOf({ value }: Secret, username = 'alice'): string[] {
  return [
    value,
    encodeURIComponent(value),
    // As credentials of Basic, after a user's name of any length.
    ...['', 'x', 'xx'].map((before) =>
      Buffer.from(`${before}:${value}`)
        .toString('base64')
        .slice(4)
        .replace(/.?.?=*$/, ''),
    ),
    Buffer.from(`${username}:${value}`).toString('base64'),
  ];
}

/** Returns the names of the secrets that a text holds, in any spelling. */
export function secretsIn(text: string, secrets: readonly Secret[]): string[] {
  return secrets
    .filter((secret) => spellingsOf(secret).some((spelling) => text.includes(spelling)))
    .map(({ name }) => name);
}

/** Returns the names of the secrets that a host got and that are not for it. */
export function leaksTo(
  host: string,
  requests: readonly RecordedRequest[],
  secrets: readonly Secret[],
): string[] {
  const others = secrets.filter(({ hosts }) => !hosts.includes(host));
  const seen = requests.map(({ url, headers, form }) => JSON.stringify({ url, headers, form }));
  return secretsIn(seen.join('\n'), others).map((name) => `${host} got ${name}`);
}

/** Returns the arguments of all processes of this machine (Linux), as `ps` shows them. */
export function listProcesses(): string {
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return ids.map(argumentsOf).join('\n');
}

function argumentsOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // it ended meanwhile
  }
}
