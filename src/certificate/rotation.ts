import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { CertificateAuthority, ServingCertificate } from './issue.ts';
import {
  endOf,
  isFor,
  isSignedBy,
  isValid,
  readBundle,
  readCertificate,
  startOf,
} from './trust.ts';
import { clockSkew } from './validity.ts';

/*
 * Rotating without a moment in which a verifier does not trust what is served: a new CA is trusted
 * first, signs only when everybody has had the time to learn of it, and the old one is dropped only
 * when nobody serves what it signed.
 */

/** SharedCertificate is what the replicas share; all PEM. */
export interface SharedCertificate extends ServingCertificate {
  /** The CAs to be trusted, the newest first. */
  readonly caBundle: string;
  /** The key of the newest CA. */
  readonly caKey: string;
}

/** Lifetimes says how long certificates and CAs are used, in milliseconds. */
export interface Lifetimes {
  readonly serving: number;
  readonly authority: number;
  /** How long a CA is trusted before it signs, and after nothing is served that it signed. */
  readonly overlap: number;
}

/** RotationContext is what a rotation depends on besides the certificate itself. */
export interface RotationContext {
  /** In milliseconds since 1970. */
  readonly now: number;
  /** What the certificate must be good for. */
  readonly names: readonly string[];
  readonly lifetimes: Lifetimes;
}

/** Lists the steps of a rotation. */
export const rotationSteps = [
  'begin', // a CA, and a certificate under it, at once: there is nothing that could be served
  'add-authority',
  'renew-certificate',
  'drop-authorities', // all but the newest
] as const;

/** RotationStep is one change of the shared certificate; dueStep says which is due. */
export type RotationStep = (typeof rotationSteps)[number];

/** The part of a certificate's life after which it is replaced. */
const renewAfter = 2 / 3;

/**
 * Returns the step that is due, if any. One step at a time, because each relies on others having
 * seen the one before.
 */
export function dueStep(
  shared: SharedCertificate | undefined,
  context: RotationContext,
): RotationStep | undefined {
  if (shared === undefined) return 'begin';
  const { now, lifetimes } = context;
  const authorities = readBundle(shared.caBundle);
  const newest = authorities[0];
  const canSign =
    newest !== undefined && isValid(newest, now) && isKeyOf(newest, shared.caKey) && newest.ca;
  const serving = readCertificate(shared.certificate);
  if (!isServable(serving, shared, authorities, context)) {
    return canSign ? 'renew-certificate' : 'begin';
  }
  if (!canSign) return 'add-authority';
  const isOfNewest = isSignedBy(serving, newest);
  if (isDue(newest, now)) {
    // First what would fall due while the new CA may not sign yet, where the old one lives for long
    // enough to help.
    const isDueSoon = isDue(serving, now + lifetimes.overlap);
    const helps = endOf(newest) - now >= 2 * lifetimes.overlap;
    return isOfNewest && isDueSoon && helps ? 'renew-certificate' : 'add-authority';
  }
  return dueUnder({ serving, newest, isOfNewest, isAlone: authorities.length === 1 }, context);
}

/** Returns the step that is due under a CA that can still sign for long. */
function dueUnder(
  {
    serving,
    newest,
    isOfNewest,
    isAlone,
  }: {
    readonly serving: X509Certificate;
    readonly newest: X509Certificate;
    readonly isOfNewest: boolean;
    readonly isAlone: boolean;
  },
  { now, lifetimes: { overlap } }: RotationContext,
): RotationStep | undefined {
  if (!isOfNewest) return age(newest, now) >= overlap ? 'renew-certificate' : undefined;
  if (isDue(serving, now)) return 'renew-certificate';
  return !isAlone && age(serving, now) >= overlap ? 'drop-authorities' : undefined;
}

/** Takes the step and returns the certificate to share from then on. */
export async function rotate(
  shared: SharedCertificate | undefined,
  step: RotationStep,
  context: RotationContext,
): Promise<SharedCertificate> {
  if (shared === undefined) {
    return await renew({ ...withAuthority('', await newAuthority(context)), ...nothing }, context);
  }
  if (step === 'renew-certificate') return await renew(shared, context);
  const authorities = readBundle(shared.caBundle);
  if (step === 'drop-authorities')
    return { ...shared, caBundle: formatBundle(authorities.slice(0, 1)) };
  // Other replicas may serve what an old one signed, whatever is wrong with it here.
  const unexpired = authorities.filter((ca) => context.now < endOf(ca));
  const authority = withAuthority(formatBundle(unexpired), await newAuthority(context));
  const added = { ...shared, ...authority };
  return step === 'begin' ? await renew(added, context) : added;
}

const nothing = { certificate: '', privateKey: '' } as const;

function withAuthority(bundle: string, { certificate, privateKey }: CertificateAuthority) {
  return { caBundle: certificate + bundle, caKey: privateKey };
}

async function newAuthority({ now, lifetimes }: RotationContext): Promise<CertificateAuthority> {
  // Loaded only if something is issued: it is the most expensive part of a start, in time and in
  // memory.
  const { issueAuthority } = await import('./issue.ts');
  return await issueAuthority({ now, lifetime: lifetimes.authority });
}

async function renew(
  shared: SharedCertificate,
  context: RotationContext,
): Promise<SharedCertificate> {
  const { issueServing } = await import('./issue.ts');
  const { now, names, lifetimes } = context;
  const [newest] = readBundle(shared.caBundle);
  if (newest === undefined) throw new Error('there is no CA to sign with');
  const authority = { certificate: newest.toString(), privateKey: shared.caKey };
  // Nothing outlives what it was signed by.
  const lifetime = Math.min(lifetimes.serving, endOf(newest) - now);
  return { ...shared, ...(await issueServing(authority, names, { now, lifetime })) };
}

/** Reports whether a verifier that trusts the bundle accepts the certificate for all its names. */
function isServable(
  serving: X509Certificate | undefined,
  { certificate, privateKey }: SharedCertificate,
  authorities: readonly X509Certificate[],
  { now, names }: RotationContext,
): serving is X509Certificate {
  return (
    serving !== undefined &&
    isValid(serving, now) &&
    isKeyOf(serving, privateKey) &&
    isAccepted(certificate, privateKey) &&
    names.every((name) => isFor(serving, name)) &&
    authorities.some((ca) => isValid(ca, now) && isSignedBy(serving, ca))
  );
}

/**
 * Reports whether a server takes them: there may be more in the text than its first certificate.
 */
function isAccepted(cert: string, key: string): boolean {
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    return false;
  }
}

/** Returns the time since it was issued, in milliseconds. */
function age(certificate: X509Certificate, now: number): number {
  return now - startOf(certificate) - clockSkew;
}

function isDue(certificate: X509Certificate, now: number): boolean {
  const lifetime = endOf(certificate) - startOf(certificate) - clockSkew;
  return age(certificate, now) >= lifetime * renewAfter;
}

function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

function formatBundle(authorities: readonly X509Certificate[]): string {
  return authorities.map((ca) => ca.toString()).join('');
}
