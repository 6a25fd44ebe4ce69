import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueCertificate } from '../../../test/rig/certificate.ts';
import { addImage } from '../../../test/rig/registry/images.ts';
import { failureOf, RegistryBench, repositoryIn } from '../../../test/support/registry-client.ts';

const bench = new RegistryBench();
afterEach(() => bench.close());

let caFile: string;
let tls: { cert: string; key: string };

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'detour-tls-'));
  const authority = issueAuthority(folder, 'a-ca');
  caFile = authority.certFile;
  tls = issueCertificate(folder, 'a-server', authority, 'IP:127.0.0.1');
});

async function startTls() {
  const registry = await bench.start({ tls });
  const { digest } = addImage(registry.store, 'team/app', { tag: '1' });
  return { registry, digest };
}

test('a registry with a CA of its own is trusted by the rules file', async () => {
  const { registry, digest } = await startTls();
  const client = bench.clientWith({ [registry.host]: { ca: readFileSync(caFile, 'utf8') } });
  expect(await client.headManifest(repositoryIn(registry), '1')).toMatchObject({ digest });
});

test.each(['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'])('or by %s', async (name) => {
  const { registry, digest } = await startTls();
  const client = bench.clientWith({}, { env: { [name]: caFile } });
  expect(await client.headManifest(repositoryIn(registry), '1')).toMatchObject({ digest });
});

test('a registry that nobody vouches for is an error that says what to do', async () => {
  const { registry } = await startTls();
  const error = await failureOf(bench.clientWith({}).headManifest(repositoryIn(registry), '1'));
  expect(error.message).toContain('give the certificate of its CA to the rules file: ca under');
  expect(error.isRetryable).toBe(false);
  expect(registry.requests).toHaveLength(0);
});

test('the CA of one registry is not trusted at another', async () => {
  const { registry } = await startTls();
  const client = bench.clientWith({ 'other.example': { ca: readFileSync(caFile, 'utf8') } });
  await failureOf(client.headManifest(repositoryIn(registry), '1'));
});

test('a registry without TLS is an error that names plainHttp', async () => {
  const registry = await bench.start();
  const error = await failureOf(bench.clientWith({}).headManifest(repositoryIn(registry), '1'));
  expect(error.message).toContain('plainHttp: true');
  expect(error.isRetryable).toBe(false);
});

test('a registry with TLS that is taken for one without is an error too', async () => {
  const { registry } = await startTls();
  const error = await failureOf(bench.client([registry]).headManifest(repositoryIn(registry), '1'));
  expect(error.host).toBe(registry.host);
});

test('a file of certificates that cannot be read is named', async () => {
  const { registry } = await startTls();
  const client = bench.clientWith({}, { env: { SSL_CERT_FILE: '/nowhere/ca.pem' } });
  const error = await failureOf(client.headManifest(repositoryIn(registry), '1'));
  expect(error.message).toContain('SSL_CERT_FILE cannot be read');
});
