import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { reviewBody } from '../../../test/support/admission-review.ts';
import { startTestServer, type TestServer } from '../../../test/support/test-server.ts';
import { issueSelfSigned } from '../../certificate/issue.ts';
import { loadRules } from '../../rules/load.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { followedFileSource } from '../../rules-source/file.ts';
import { followedCertificate, readCertificate } from './certificate.ts';

let folder: string;
let server: TestServer;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'detour-follow-'));
});
afterEach(async () => {
  await server.stop(0);
  server.agent.destroy();
  rmSync(folder, { recursive: true });
});

const rulesTo = (mirror: string) => `version: 1\nrules:\n  - from: quay.io\n    to: ${mirror}\n`;

/** Starts a server that begins with rules to one.io and follows a file. */
function followRules(rulesFile: string): Promise<TestServer> {
  const text = rulesTo('one.io');
  const ruleSet = loadRules(text).ruleSet as RuleSet;
  return startTestServer({
    watchInterval,
    rulesSource: followedFileSource(rulesFile),
    rules: { ruleSet, text },
  });
}

const review = reviewBody({
  operation: 'CREATE',
  object: { metadata: {}, spec: { containers: [{ name: 'a', image: 'quay.io/x' }] } },
});

async function imageNow(): Promise<string> {
  const { body } = await server.post(review);
  return JSON.parse(Buffer.from(JSON.parse(body).response.patch, 'base64').toString())[0].value;
}

async function metric(name: string): Promise<number> {
  const { body } = await server.get('/metrics');
  return Number(
    body
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')
      .at(-1),
  );
}

/**
 * Writes files as a kubelet mounts a ConfigMap or Secret: into a new folder, to which `..data` is
 * then switched in one step.
 */
function project(version: string, files: Record<string, string>): void {
  mkdirSync(join(folder, version));
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(folder, version, name), text);
  symlinkSync(version, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

/** Writes a file in one step: what reads it meanwhile gets the old text or the new one. */
function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** The timeout only ends a test that hangs. */
const soon = { timeout: 30_000, interval: 10 };
const watchInterval = 20;

test('rules follow their file: edited, broken, gone and mended', async () => {
  const file = join(folder, 'detour.yaml');
  writeFileSync(file, rulesTo('one.io'));
  server = await followRules(file);
  expect(await imageNow()).toBe('one.io/x');
  replace(file, rulesTo('two.io'));
  await vi.waitFor(async () => expect(await imageNow()).toBe('two.io/x'), soon);
  const success = await metric('detour_rules_last_success_timestamp_seconds');

  replace(file, 'version: 1\nrules:\n  - form: quay.io\n');
  await vi.waitFor(async () => expect(await metric('detour_rules_valid')).toBe(0), soon);
  expect(await imageNow()).toBe('two.io/x');
  expect((await server.get('/readyz')).status).toBe(200);
  expect(
    server.lines.find(({ msg }) => msg === 'the rules file is broken; the old rules stay'),
  ).toMatchObject({
    diagnostics: expect.arrayContaining([expect.stringContaining(':3:5: error unknown-key')]),
  });

  // A file that is replaced while it is looked at is read twice.
  const failures = () => metric('detour_rules_reloads_total{result="failure"}');
  const before = await failures();
  rmSync(file);
  await vi.waitFor(async () => expect(await failures()).toBeGreaterThan(before), soon);
  replace(file, rulesTo('three.io'));
  await vi.waitFor(async () => expect(await imageNow()).toBe('three.io/x'), soon);
  expect(await metric('detour_rules_valid')).toBe(1);
  expect(await metric('detour_rules_last_success_timestamp_seconds')).toBeGreaterThan(success);
});

test('a file that grows without end, or becomes a pipe, leaves the old rules in force', async () => {
  const file = join(folder, 'detour.yaml');
  writeFileSync(file, rulesTo('one.io'));
  server = await followRules(file);
  const failures = () => metric('detour_rules_reloads_total{result="failure"}');
  replace(file, '#'.repeat(16 * 1024 * 1024 + 1));
  await vi.waitFor(async () => expect(await failures()).toBe(1), soon);
  rmSync(file);
  execFileSync('mkfifo', [file]);
  const reasons = () => server.lines.map(({ reason }) => String(reason)).join();
  // Between the two, the file may be seen to be missing.
  await vi.waitFor(() => expect(reasons()).toContain('is not a regular file'), soon);
  expect(reasons()).toContain('has more than 16777216 bytes');
  expect(await imageNow()).toBe('one.io/x');
  rmSync(file);
  replace(file, rulesTo('two.io'));
  await vi.waitFor(async () => expect(await imageNow()).toBe('two.io/x'), soon);
});

test('a file that is moved away and back as it was is valid again', async () => {
  const file = join(folder, 'detour.yaml');
  writeFileSync(file, rulesTo('one.io'));
  server = await followRules(file);
  renameSync(file, `${file}.away`);
  await vi.waitFor(async () => expect(await metric('detour_rules_valid')).toBe(0), soon);
  renameSync(`${file}.away`, file);
  await vi.waitFor(async () => expect(await metric('detour_rules_valid')).toBe(1), soon);
  expect(await imageNow()).toBe('one.io/x');
});

test('rules follow a ConfigMap', async () => {
  project('..1', { 'detour.yaml': rulesTo('one.io') });
  const file = join(folder, 'detour.yaml');
  symlinkSync('..data/detour.yaml', file);
  server = await followRules(file);
  project('..2', { 'detour.yaml': rulesTo('two.io') });
  await vi.waitFor(async () => expect(await imageNow()).toBe('two.io/x'), soon);
});

/** Returns the serial number of the certificate that a new connection gets. */
function servedSerial(): Promise<string> {
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { port: Number(port), host: '127.0.0.1', rejectUnauthorized: false },
      () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      },
    );
    socket.once('error', reject);
  });
}

test('the certificate follows a Secret; a pair that does not match, or is cut short, leaves the old one', async () => {
  const issue = async () => {
    const { certificate, privateKey } = await issueSelfSigned(['localhost']);
    return { 'tls.crt': certificate, 'tls.key': privateKey };
  };
  const [first, second, third] = await Promise.all([issue(), issue(), issue()]);
  project('..1', first);
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  symlinkSync('..data/tls.crt', files.cert);
  symlinkSync('..data/tls.key', files.key);
  server = await startTestServer({
    watchInterval,
    certificate: followedCertificate(files, await readCertificate(files)),
  });
  const before = await servedSerial();

  project('..2', second);
  await vi.waitFor(async () => expect(await servedSerial()).not.toBe(before), soon);
  const kept = await servedSerial();
  project('..3', { 'tls.crt': third['tls.crt'], 'tls.key': second['tls.key'] });
  await vi.waitFor(
    async () => expect(await metric('detour_certificate_reloads_total{result="failure"}')).toBe(1),
    soon,
  );
  project('..4', { 'tls.crt': third['tls.crt'].slice(0, 200), 'tls.key': third['tls.key'] });
  await vi.waitFor(
    async () => expect(await metric('detour_certificate_reloads_total{result="failure"}')).toBe(2),
    soon,
  );
  expect(await servedSerial()).toBe(kept);
  expect(JSON.stringify(server.lines)).not.toContain('PRIVATE KEY');

  project('..5', third);
  await vi.waitFor(async () => expect(await servedSerial()).not.toBe(kept), soon);
}, 20_000);
