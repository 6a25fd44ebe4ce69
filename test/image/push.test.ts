import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueAuthority, issueCertificate } from '../rig/certificate.ts';
import { startRegistryProgram } from '../rig/registry/programs.ts';

const scratch = mkdtempSync(join(tmpdir(), 'detour-push-'));
const authority = issueAuthority(scratch, 'ca');
// buildah and skopeo are Go's, which trusts what this names.
const env = { ...process.env, SSL_CERT_FILE: authority.certFile };
let registry: string;

beforeAll(async () => {
  const certificate = issueCertificate(scratch, 'registry', authority);
  const program = await startRegistryProgram(
    'docker-registry',
    join(scratch, 'registry'),
    certificate,
  );
  registry = program.host;
  return program.stop;
});
afterAll(() => rmSync(scratch, { recursive: true }));

function build(...args: string[]): void {
  execFileSync(process.execPath, ['scripts/build-image.js', ...args], { env, stdio: 'inherit' });
}

function inspect(image: string, ...args: string[]): unknown {
  const command = ['inspect', '--raw', ...args, `docker://${registry}/${image}`];
  return JSON.parse(execFileSync('skopeo', command, { env, encoding: 'utf8' }));
}

test('--push gives one reference for both architectures', () => {
  build('--push', `${registry}/image-detour:test`);
  expect(inspect('image-detour:test')).toMatchObject({
    manifests: [
      { platform: { os: 'linux', architecture: 'amd64' } },
      { platform: { os: 'linux', architecture: 'arm64' } },
    ],
  });
});

test('--base takes another image, and adds no second node to it', () => {
  const base = `${registry}/image-detour:test`;
  build('--platform', 'linux/arm64', '--base', base, '--push', `${registry}/on-base:test`);
  const { manifests } = inspect('on-base:test') as { manifests: { digest: string }[] };
  const image = `on-base@${manifests[0]?.digest}`;
  const { layers } = inspect(image) as { layers: { size: number }[] };
  expect(layers).toHaveLength(2);
  expect(layers[1]?.size).toBeLessThan(1e6);
  expect(inspect(image, '--config')).toMatchObject({ architecture: 'arm64' });
});
