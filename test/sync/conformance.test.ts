import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { buildOnce } from '../rig/build-once.ts';
import type { Access } from '../rig/registry/access.ts';
import { type RegistryOptions, startRegistry } from '../rig/registry/registry.ts';
import { TokenService } from '../rig/registry/token-service.ts';

let program: string;

beforeAll(() => {
  program = buildOnce('test/sync/build-conformance.sh');
});

/** What the suite leaves out by default, because the spec does not ask every registry for it. */
const allOptions = {
  OCI_API_BLOBS_DIGEST_HEADER: 'true',
  OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
  OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
  OCI_API_MANIFESTS_TAG_PARAM: 'true',
};

test('the fake registry conforms to the OCI distribution spec, with every option', async () => {
  const { apis, data } = await runConformance({}, allOptions);
  expect(apis).not.toEqual({});
  expect(failed(apis)).toEqual([]);
  // The fake takes an image only after its blobs; the next test switches that.
  expect(failed(data)).toEqual(['Sparse Manifests: Disabled']);
});

test('so does one that takes manifests before their blobs', async () => {
  const env = { ...allOptions, OCI_DATA_SPARSE: 'true' };
  const { apis, data } = await runConformance({ quirks: { sparseManifests: true } }, env);
  expect([...failed(apis), ...failed(data)]).toEqual([]);
});

const account = { username: 'alice', password: 'correct horse: battery' };

test.each<[string, Access]>([
  ['basic', { scheme: 'basic', accounts: [account] }],
  ['bearer', { scheme: 'bearer', tokens: new TokenService({ accounts: [account] }) }],
])('so does one that asks for a login, %s', async (_, access) => {
  const env = { OCI_USERNAME: account.username, OCI_PASSWORD: account.password };
  const { apis } = await runConformance({ access }, { ...allOptions, ...env });
  expect(failed(apis)).toEqual([]);
});

/** Results are by the name of what was tested. */
type Results = Readonly<Record<string, string>>;

async function runConformance(options: RegistryOptions, env: Record<string, string>) {
  const registry = await startRegistry(options);
  onTestFinished(() => registry.close());
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await run(program, {
    OCI_REGISTRY: registry.host,
    OCI_TLS: 'disabled',
    OCI_RESULTS_DIR: folder,
    ...env,
  });
  const text = readFileSync(join(folder, 'results.yaml'), 'utf8');
  return parse(text) as { readonly apis: Results; readonly data: Results };
}

/** The program ends with 1 if a test failed, which its report says better. */
function run(program: string, env: Record<string, string>): Promise<void> {
  return new Promise((resolve) => {
    execFile(program, { env: { ...process.env, ...env } }, () => resolve());
  });
}

function failed(results: Results): string[] {
  return Object.entries(results)
    .filter(([, result]) => result !== 'Pass')
    .map(([name, result]) => `${name}: ${result}`);
}
