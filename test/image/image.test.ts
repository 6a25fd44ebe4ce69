import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const scratch = mkdtempSync(join(tmpdir(), 'detour-image-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Image {
  readonly file: string;
  /** The digest of its manifest. */
  readonly digest: string;
  readonly config: {
    readonly architecture: string;
    readonly config: Readonly<Record<string, unknown>>;
  };
  /** Its unpacked layers. */
  readonly root: string;
}

function build(name: string, arch: string): Image {
  const file = join(scratch, `${name}.tar`);
  const platform = ['--platform', `linux/${arch}`];
  const command = ['scripts/build-image.js', ...platform, '--output', file];
  execFileSync(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [folder, root] = [join(scratch, name), join(scratch, `${name}-root`)];
  for (const each of [folder, root]) mkdirSync(each);
  execFileSync('tar', ['-xf', file, '-C', folder]);
  const blob = (digest: string) => join(folder, 'blobs', digest.replace(':', '/'));
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
  const { digest } = read(join(folder, 'index.json')).manifests[0];
  const manifest = read(blob(digest));
  for (const layer of manifest.layers) {
    execFileSync('tar', ['-xzf', blob(layer.digest), '-C', root]);
  }
  return { file, digest, config: read(blob(manifest.config.digest)), root };
}

const filesIn = (root: string) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));

describe.each(['amd64', 'arm64'])('the image for %s', (arch) => {
  let image: Image;
  beforeAll(() => {
    image = build(arch, arch);
  });

  test('has at most 60 MB, and its program at most 3 MB', () => {
    expect(statSync(image.file).size).toBeLessThan(60e6);
    const app = join(image.root, 'app');
    const modules = readdirSync(app).filter((name) => name.endsWith('.mjs'));
    const sizes = modules.map((name) => statSync(join(app, name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3e6);
  });

  test('holds node, its libraries and the program, and nothing to run besides', () => {
    const files = filesIn(image.root).filter((file) => !/\/(LICENSE|NOTICE|copyright)$/.test(file));
    const isLibrary = (file: string) => /^\/lib(64)?\/.*\.so[.\d]*$/.test(file);
    const isLoadedOnDemand = (file: string) => /^\/app\/[a-z-]+-[0-9A-Z]{8}\.mjs$/.test(file);
    const rest = files.filter((file) => !isLibrary(file) && !isLoadedOnDemand(file));
    expect(rest.sort()).toEqual([
      '/app/detour.mjs',
      '/app/dist/playground/index.html',
      '/app/dist/report/page.html',
      '/app/large-rules-worker.mjs',
      '/etc/group',
      '/etc/passwd',
      '/nodejs/bin/node',
      '/sbom.cdx.json',
    ]);
  });

  test('has that architecture and runs as nobody', () => {
    expect(image.config.architecture).toBe(arch);
    // https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html, e_machine
    const machine = readFileSync(join(image.root, 'nodejs/bin/node')).readUInt16LE(18);
    expect(machine).toBe({ amd64: 62, arm64: 183 }[arch]);
    expect(image.config.config).toMatchObject({
      User: '65532:65532',
      Entrypoint: ['node', '/app/detour.mjs'],
      Labels: {
        'org.opencontainers.image.title': 'image-detour',
        'org.opencontainers.image.version': JSON.parse(readFileSync('package.json', 'utf8'))
          .version,
        'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}(-dirty)?$/),
      },
    });
  });

  test('says what it is made of', () => {
    const sbom = JSON.parse(readFileSync(join(image.root, 'sbom.cdx.json'), 'utf8'));
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    const names = sbom.components.map(({ name }: { name: string }) => name);
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(names).toEqual(expect.arrayContaining([...Object.keys(dependencies), 'node', 'libc6']));
    for (const { purl } of sbom.components) expect(purl).toMatch(/^pkg:(npm|deb|generic)\/.+@.+$/);
  });
});

test('the same commit gives the same image', () => {
  expect(build('again', 'amd64').digest).toBe(build('once-more', 'amd64').digest);
});

describe('what it holds', () => {
  let program: string[];
  const { NODE_EXTRA_CA_CERTS, ...env } = process.env;
  beforeAll(() => {
    const { root } = build('run', process.arch === 'arm64' ? 'arm64' : 'amd64');
    program = ['--userspec=65532:65532', root, '/nodejs/bin/node', '/app/detour.mjs'];
  });

  test('runs by itself', () => {
    const args = [...program, '--rules', 'embedded', 'resolve', 'busybox'];
    const { stdout, stderr } = spawnSync('chroot', args, { encoding: 'utf8', env });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\/dockerhub\/busybox\n$/);
  });

  // A part that a bundler has not bundled as it was meant shows only when it is loaded.
  test('serves, with metrics, and logs for people', async () => {
    const free = ['serve', '--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0'];
    const server = spawn('chroot', [...program, ...free, '--log-format', 'pretty'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      let output = '';
      for await (const chunk of server.stdout) {
        output += String(chunk);
        if (/health: ".*"/.test(output)) break;
      }
      const health = /health: "(.*)"/.exec(output)?.[1];
      const metrics = await (await fetch(`${health}/metrics`)).text();
      expect(metrics).toContain('detour_rules_valid 1');
      expect(metrics).toContain('process_resident_memory_bytes ');
    } finally {
      server.kill('SIGKILL');
    }
  });
});
