import type { Report } from './compile-entry.ts';
import { expandMirror } from './destination.ts';
import type { Locate } from './diagnostic.ts';
import { parseOrigin } from './origin.ts';
import { findCertificateMistake } from './pem.ts';
import type { RegistryEntry } from './registries.ts';
import type { RegistryFacts } from './registry-schema.ts';
import { suggestRegistry } from './suggest-name.ts';

/** RegistryContext is what entries of `registries` depend on besides themselves. */
interface RegistryContext {
  /** False if the file's is wrong. */
  readonly mirror: string | false | undefined;
  readonly report: Report;
  readonly locate: Locate;
}

/** Compiles `registries`, and reports keys that are not registries or name the same one. */
export function compileRegistries(
  registries: Readonly<Record<string, RegistryFacts>>,
  context: RegistryContext,
): RegistryEntry[] {
  const first = new Map<string, RegistryEntry>();
  for (const [key, facts] of Object.entries(registries)) {
    const place = parseKey(key, context);
    reportFacts(key, facts, place, context);
    if (place === undefined) continue;
    const name = `${place.host}/${place.path}`;
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, { key, ...place, facts });
    else reportDuplicate(key, earlier.key, context);
  }
  return [...first.values()];
}

type Place = Pick<RegistryEntry, 'host' | 'path'>;

function parseKey(key: string, { mirror, report }: RegistryContext): Place | undefined {
  const path = ['registries', key];
  const name = expandMirror(key, mirror);
  if (typeof name !== 'string') {
    const { code, message, expected, suggestion } = name;
    const about = message.replace(/^to /, `registries.${key} `);
    report(path, 'error', code, about, { expected, suggestion });
    return undefined;
  }
  const place = parsePlace(name);
  if (place !== undefined) return place;
  const expected = 'a registry such as mirror.example.com, with an optional repository prefix';
  const suggestion = suggestRegistry(name, (text) => parsePlace(text) !== undefined);
  const message = `"${name}" is not a registry`;
  report(path, 'error', 'invalid-registry', message, { expected, suggestion });
  return undefined;
}

function parsePlace(name: string): Place | undefined {
  const origin = parseOrigin(name);
  if (origin?.kind !== 'host' || origin.suffix !== '') return undefined;
  return { host: origin.host, path: origin.path };
}

function reportDuplicate(key: string, earlier: string, { report, locate }: RegistryContext): void {
  const { line } = locate(['registries', earlier]);
  const message = `"${key}" is the same registry as "${earlier}" in line ${line}`;
  const expected = 'each registry once';
  report(['registries', key], 'error', 'duplicate-registry', message, {
    expected,
    suggestion: undefined,
  });
}

/** Reports facts that contradict each other, or that a part of a registry cannot have. */
function reportFacts(
  key: string,
  { ca, plainHttp }: RegistryFacts,
  place: Place | undefined,
  { report }: RegistryContext,
): void {
  const at = (name: string) => ['registries', key, name];
  const reportFact = (name: string, message: string, expected: string) =>
    report(at(name), 'error', 'invalid-registry', message, { expected, suggestion: undefined });
  for (const [name, value] of Object.entries({ plainHttp, ca })) {
    if (value === undefined || place === undefined || place.path === '') continue;
    const message = `${name} is a fact about a whole registry, and "${key}" has a path`;
    reportFact(name, message, `${name} under the registry without a path`);
  }
  if (ca === undefined) return;
  if (plainHttp) {
    const message = `"${key}" has both plainHttp and ca: without TLS no certificate is checked`;
    reportFact('ca', message, 'only one of them');
  }
  const mistake = findCertificateMistake(ca);
  if (mistake !== undefined)
    report(at('ca'), 'error', 'invalid-ca', `the ca of "${key}" ${mistake}`, {
      expected:
        'certificates in PEM: -----BEGIN CERTIFICATE-----, base64, -----END CERTIFICATE-----',
      suggestion: undefined,
    });
}
