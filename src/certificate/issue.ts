import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { clockSkew } from './validity.ts';

/** CertificateAuthority is a CA that can sign; both fields are PEM. */
export interface CertificateAuthority {
  readonly certificate: string;
  readonly privateKey: string;
}

/** ServingCertificate is a serving certificate and its key; both PEM. */
export interface ServingCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** IssuedCertificate is a serving certificate with the CA that signed it; all PEM. */
export interface IssuedCertificate extends ServingCertificate {
  readonly caCertificate: string;
}

/**
 * Validity says from when (in milliseconds since 1970) and for how many milliseconds a certificate
 * is valid.
 */
export interface Validity {
  readonly now: number;
  readonly lifetime: number;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const day = 24 * 60 * 60 * 1000;

/**
 * Issues a CA and, under it, a serving certificate for `names` (DNS names and IP addresses). The
 * CA's key is thrown away.
 */
export async function issueSelfSigned(
  names: readonly string[],
  validDays = 365,
): Promise<IssuedCertificate> {
  const validity = { now: Date.now(), lifetime: validDays * day };
  const ca = await issueAuthority(validity);
  return { caCertificate: ca.certificate, ...(await issueServing(ca, names, validity)) };
}

/** Issues a CA that may sign serving certificates and nothing else. */
export async function issueAuthority(validity: Validity): Promise<CertificateAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...datesOf(validity),
    serialNumber: randomSerial(),
    // Of two CAs with one name some verifiers try only the first.
    name: `CN=image-detour CA ${randomBytes(4).toString('hex')}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: `${ca.toString('pem')}\n`, privateKey: await exportKey(keys.privateKey) };
}

/** Issues a serving certificate for `names`, under `ca`. */
export async function issueServing(
  ca: CertificateAuthority,
  names: readonly string[],
  validity: Validity,
): Promise<ServingCertificate> {
  const issuer = new x509.X509Certificate(ca.certificate);
  const signingKey = await importKey(ca.privateKey);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    ...datesOf(validity),
    serialNumber: randomSerial(),
    subject: 'CN=image-detour',
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names.map(toGeneralName)),
      await x509.AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate: `${certificate.toString('pem')}\n`,
    privateKey: await exportKey(keys.privateKey),
  };
}

/** Clocks differ: what is issued must already be valid where they run behind. */
function datesOf({ now, lifetime }: Validity): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now - clockSkew), notAfter: new Date(now + lifetime) };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', key);
  return `${x509.PemConverter.encode(bytes, 'PRIVATE KEY')}\n`;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [bytes] = x509.PemConverter.decode(pem);
  return webcrypto.subtle.importKey('pkcs8', bytes as ArrayBuffer, algorithm, false, ['sign']);
}

function toGeneralName(name: string): x509.JsonGeneralName {
  return { type: isIP(name) === 0 ? 'dns' : 'ip', value: name };
}

/** Returns a serial number that is positive and has at most 20 bytes (RFC 5280, 4.1.2.2). */
function randomSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] as number) & 0x7f) | 0x40;
  return bytes.toString('hex');
}
