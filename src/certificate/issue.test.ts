import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { issueSelfSigned } from './issue.ts';

const names = ['localhost', 'detour.example', '127.0.0.1', '::1', '10.1.2.3'];

test('the certificate is good for its names, under its CA, for as long as asked', async () => {
  const { caCertificate, certificate, privateKey } = await issueSelfSigned(names, 30);
  const ca = new X509Certificate(caCertificate);
  const leaf = new X509Certificate(certificate);
  expect(ca.ca).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.verify(ca.publicKey)).toBe(true);
  expect(leaf.checkHost('detour.example')).toBe('detour.example');
  expect(leaf.checkHost('other.example')).toBeUndefined();
  expect(leaf.checkIP('10.1.2.3')).toBe('10.1.2.3');
  expect(leaf.checkIP('::1')).toBe('::1');
  const days = (Date.parse(leaf.validTo) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(29.9);
  expect(days).toBeLessThan(30.1);
  expect(privateKey).toContain('PRIVATE KEY');
});

test('two are never the same', async () => {
  const [first, second] = await Promise.all([issueSelfSigned(names), issueSelfSigned(names)]);
  expect(new X509Certificate(first.certificate).serialNumber).not.toBe(
    new X509Certificate(second.certificate).serialNumber,
  );
});

test('OpenSSL accepts it at its strictest', async () => {
  const { caCertificate, certificate } = await issueSelfSigned(names);
  const folder = mkdtempSync(join(tmpdir(), 'detour-certificate-'));
  writeFileSync(join(folder, 'ca.crt'), caCertificate);
  writeFileSync(join(folder, 'tls.crt'), certificate);
  const args = [
    'verify',
    '-x509_strict',
    '-purpose',
    'sslserver',
    '-verify_hostname',
    'localhost',
    '-CAfile',
    'ca.crt',
    'tls.crt',
  ];
  expect(execFileSync('openssl', args, { cwd: folder, encoding: 'utf8' })).toBe('tls.crt: OK\n');
});

test('Node serves and trusts it', async () => {
  const { caCertificate, certificate, privateKey } = await issueSelfSigned(names);
  const server = createServer({ cert: certificate, key: privateKey }, (socket) =>
    socket.end('hello'),
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: caCertificate });
  let text = '';
  for await (const chunk of socket) text += chunk;
  expect(text).toBe('hello');
  server.close();
});
