import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly license: { readonly text?: { content: string } } }[];
}

interface Bill {
  readonly components: Component[];
}

/**
 * The validator of CycloneDX' own library, with the schema and what it needs besides; installed
 * once.
 */
const validator = [
  '@cyclonedx/cyclonedx-library@10.3.0',
  'ajv@8.20.0',
  'ajv-formats@3.0.1',
  'ajv-formats-draft2019@1.6.1',
];
const scratch = mkdtempSync(join(tmpdir(), 'detour-sbom-'));
let bill: Bill;
let validate: (bill: object) => Promise<unknown>;

beforeAll(async () => {
  const archive = join(scratch, 'image.tar');
  execFileSync(
    process.execPath,
    ['scripts/build-image.js', '--platform', 'linux/amd64', '--output', archive],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  execFileSync('skopeo', ['copy', '--quiet', `oci-archive:${archive}`, `dir:${scratch}/image`]);
  const manifest = JSON.parse(readFileSync(join(scratch, 'image/manifest.json'), 'utf8'));
  const layer = join(scratch, 'image', manifest.layers[0].digest.replace('sha256:', ''));
  execFileSync('tar', ['-xzf', layer, '-C', scratch, 'sbom.cdx.json']);
  bill = JSON.parse(readFileSync(join(scratch, 'sbom.cdx.json'), 'utf8'));

  const { Validation, Spec } = await import(installValidator());
  const strict = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  validate = (each) => strict.validate(JSON.stringify(each));
});
afterAll(() => rmSync(scratch, { recursive: true }));

test('the bill of materials is valid by the schema of CycloneDX 1.6', async () => {
  expect(await validate(bill)).toBeNull();
  const [first, ...others] = bill.components;
  expect(
    await validate({ ...bill, components: [{ ...first, type: 'x' }, ...others] }),
  ).not.toBeNull();
});

test('every package that the program needs is in it, with the text of its licence', () => {
  const installed = JSON.parse(
    execFileSync('npm', ['ls', '--omit=dev', '--all', '--json'], { encoding: 'utf8' }),
  );
  const found = new Map(bill.components.map((component) => [component.purl, component]));
  for (const [name, { version }] of Object.entries<{ version: string }>(installed.dependencies)) {
    const purl = `pkg:npm/${name.split('/').map(encodeURIComponent).join('/')}@${version}`;
    expect(found.get(purl)?.licenses?.[0]?.license.text?.content, purl).toMatch(
      /license|copyright/i,
    );
  }
});

function installValidator(): string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'image-detour');
  const folder = join(cache, 'cyclonedx-10.3.0');
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true });
    const work = mkdtempSync(join(cache, '.installing-'));
    const npm = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', [...npm, '--prefix', work, ...validator], { stdio: 'inherit' });
    renameSync(work, folder);
  }
  return join(folder, 'node_modules/@cyclonedx/cyclonedx-library/dist.node/index.node.js');
}
