import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Certificate,
  issueAuthority,
  issueCertificate,
  issueClientCertificate,
} from '../rig/certificate.ts';
import { type RunningProgram, realReview, startProgram } from '../rig/program.ts';
import { send } from '../support/test-server.ts';
import { metric } from './rig/metric.ts';

const folder = mkdtempSync(join(tmpdir(), 'detour-client-ca-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ours = issueAuthority(folder, 'ours');
const theirs = issueAuthority(folder, 'theirs');
const file = join(folder, 'clients.pem');

let program: RunningProgram;
beforeEach(async () => {
  writeFileSync(file, ours.cert);
  program = await startProgram({}, { args: ['--client-ca', file] });
});
afterEach(() => program.stop());

/** Gives the status, or what the client sees instead of an answer. */
async function post(client?: Certificate, tls: object = {}): Promise<string> {
  return await postBy(new Agent({ rejectUnauthorized: false, ...pairOf(client), ...tls }));
}

const pairOf = (client?: Certificate) => client && { cert: client.cert, key: client.key };

async function postBy(agent: Agent): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const options = { method: 'POST', agent, headers };
  const answer = send(request(program.url, options), realReview);
  return await answer.then(
    ({ status }) => String(status),
    (error: NodeJS.ErrnoException) => error.code ?? error.message,
  );
}

const refused = (reason: string) =>
  metric(program, `detour_client_certificates_refused_total{reason="${reason}"}`);

test('a client with a certificate of the authority is answered', async () => {
  expect(await post(issueClientCertificate(folder, 'api-server', ours))).toBe('200');
});

describe('a client is refused in the handshake', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('that has no certificate, by %s', async (version) => {
    const seen = await post(undefined, { minVersion: version, maxVersion: version });
    expect(seen).not.toMatch(/^\d/);
    await vi.waitFor(async () => expect(await refused('missing')).toBe(1));
    expect(await refused('untrusted')).toBe(0);
  });

  const expired = () => {
    const { keyFile } = issueClientCertificate(folder, 'expired', ours);
    const [request, certFile] = [join(folder, 'expired.csr'), join(folder, 'expired.crt')];
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
    openssl('req', '-new', '-key', keyFile, '-subj', '/CN=expired', '-out', request);
    openssl(
      'x509',
      '-req',
      '-in',
      request,
      '-CA',
      ours.certFile,
      '-CAkey',
      ours.keyFile,
      '-days',
      '-1',
      '-out',
      certFile,
    );
    const [cert, key] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8')];
    return { certFile, keyFile, cert, key };
  };
  test.each<[string, () => Certificate]>([
    ['of another authority', () => issueClientCertificate(folder, 'other', theirs)],
    ['that is the authority of itself', () => issueAuthority(folder, 'self')],
    ['for servers', () => issueCertificate(folder, 'server', ours)],
    ['that has expired', expired],
  ])('with a certificate %s', async (_, issue) => {
    expect(await post(issue())).not.toMatch(/^\d/);
    await vi.waitFor(async () => expect(await refused('untrusted')).toBe(1));
  });
});

test('the file is followed as it changes, and a broken one leaves the old authority', async () => {
  const [old, next] = [
    issueClientCertificate(folder, 'old', ours),
    issueClientCertificate(folder, 'next', theirs),
  ];
  const soon = { timeout: 20_000, interval: 100 };
  // It resumes its TLS sessions, each on a connection of its own.
  const resuming = new Agent({ rejectUnauthorized: false, ...pairOf(old) });
  expect([await postBy(resuming), await postBy(resuming)]).toEqual(['200', '200']);
  writeFileSync(file, ours.cert + theirs.cert);
  await vi.waitFor(async () => expect(await post(next)).toBe('200'), soon);
  expect(await post(old)).toBe('200');
  writeFileSync(file, theirs.cert.slice(0, 300));
  const failures = () => metric(program, 'detour_client_ca_reloads_total{result="failure"}');
  await vi.waitFor(async () => expect(await failures()).toBe(1), soon);
  expect([await post(old), await post(next), await post()]).toEqual([
    '200',
    '200',
    expect.not.stringMatching('200'),
  ]);
  writeFileSync(file, theirs.cert);
  await vi.waitFor(async () => expect(await post(old)).not.toBe('200'), soon);
  expect(await postBy(resuming)).not.toMatch(/^\d/);
  expect(await post(next)).toBe('200');
});

test('probes need no certificate', async () => {
  expect((await fetch(new URL('/readyz', program.healthUrl))).status).toBe(200);
});
