import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueSelfSigned } from './issue.ts';
import { endOf, isFor, isTrusted, readBundle, startOf } from './trust.ts';

const folder = mkdtempSync(join(tmpdir(), 'detour-trust-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Issues a certificate with OpenSSL; `by` itself if nobody signs it. */
function issue(name: string, by?: string, extension = 'basicConstraints=critical,CA:TRUE'): string {
  const file = (suffix: string) => join(folder, `${name}.${suffix}`);
  const extensions = file('ext');
  writeFileSync(extensions, `${extension}\n`);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const request = ['req', ...key, '-keyout', file('key'), '-subj', `/CN=${name}`];
  execFileSync('openssl', [...request, '-out', file('csr')], { stdio: 'pipe' });
  const signer =
    by === undefined
      ? ['-signkey', file('key')]
      : ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial'];
  const sign = ['x509', '-req', '-in', file('csr'), ...signer, '-extfile', extensions];
  execFileSync('openssl', [...sign, '-out', file('pem')], { cwd: folder, stdio: 'pipe' });
  return readFileSync(file('pem'), 'utf8');
}

const trusts = (bundle: string, served: string, now = Date.now()) =>
  isTrusted(readBundle(served), readBundle(bundle), now);

describe('a client accepts a certificate', () => {
  let root: string;
  let middle: string;
  let leaf: string;
  beforeAll(() => {
    root = issue('root');
    middle = issue('middle', 'root');
    leaf = issue('leaf', 'middle');
  });

  test('through the chain that is served with it, in any order', () => {
    expect(trusts(root, leaf + middle)).toBe(true);
    expect(trusts(root, leaf + root + middle)).toBe(true);
    expect(trusts(issue('other') + root, leaf + middle)).toBe(true);
  });

  test('that its bundle has, or whose issuer it has', () => {
    expect(trusts(leaf, leaf)).toBe(true);
    expect(trusts(middle, leaf)).toBe(true);
  });

  test('and not without the chain, a root, or another CA of the same name', () => {
    expect(trusts(root, leaf)).toBe(false);
    expect(trusts('', leaf + middle)).toBe(false);
    expect(trusts(issue('root'), leaf + middle)).toBe(false);
    expect(trusts('no PEM', leaf + middle)).toBe(false);
  });
});

test('only within its time', async () => {
  const { caCertificate, certificate } = await issueSelfSigned(['localhost']);
  const [served] = readBundle(certificate);
  expect(trusts(caCertificate, certificate, startOf(served!) - 1)).toBe(false);
  expect(trusts(caCertificate, certificate, startOf(served!))).toBe(true);
  expect(trusts(caCertificate, certificate, endOf(served!))).toBe(false);
});

test.each([
  ['subjectAltName=DNS:detour.ns.svc', true],
  ['subjectAltName=DNS:*.ns.svc', true],
  // API servers refuse these two.
  ['subjectAltName=DNS:det*.ns.svc', false],
  ['basicConstraints=CA:FALSE', false],
])('a certificate with %s and a common name is for the name: %s', (extension, expected) => {
  const [certificate] = readBundle(issue('detour.ns.svc', undefined, extension));
  expect(isFor(certificate!, 'detour.ns.svc')).toBe(expected);
});

test.each([
  ['serverAuth', true],
  ['clientAuth,serverAuth', true],
  ['anyExtendedKeyUsage', true],
  ['clientAuth', false],
])('a certificate with the extended key usage %s is accepted: %s', (usage, expected) => {
  const certificate = issue('usage', undefined, `extendedKeyUsage=${usage}`);
  expect(trusts(certificate, certificate)).toBe(expected);
});
