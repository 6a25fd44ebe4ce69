import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Creates a temporary folder for certificates, bodies and logs; it is removed when the benchmark
 * ends.
 */
export function createWorkFolder() {
  const path = mkdtempSync(join(tmpdir(), 'admission-bench-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Creates one P-256 certificate that all servers share, so that their handshakes cost the same. */
export function createCertificate(folder) {
  const certificate = join(folder, 'tls.crt');
  const key = join(folder, 'tls.key');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...newKey, ...names, ...files], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return { certificate, key, pem: readFileSync(certificate) };
}
