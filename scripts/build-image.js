/**
 * Builds the container image, for each platform an OCI archive: `npm run image -- [OPTIONS]`. Needs
 * buildah and no daemon; docs/image.md says more.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Buildah } from './image/buildah.js';
import { bundleProgram } from './image/bundle.js';
import { assembleRoot, knownArchitectures } from './image/root.js';
import { billOfMaterials } from './image/sbom.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { version } = manifest;
const { values: options } = parseArgs({
  options: {
    platform: { type: 'string', default: 'linux/amd64,linux/arm64' },
    base: { type: 'string', default: 'scratch' },
    output: { type: 'string' },
    push: { type: 'string' },
  },
});
const wanted = options.platform.split(',').map(readPlatform);
if (options.output !== undefined && wanted.length > 1) {
  throw new Error('--output takes one platform: name it with --platform');
}

/** All files have this time, and the image too. */
const timestamp = Number(process.env.SOURCE_DATE_EPOCH ?? git('log', '-1', '--format=%ct'));
const labels = {
  'org.opencontainers.image.version': version,
  // With -dirty behind it where files differ from it.
  'org.opencontainers.image.revision': git(
    'describe',
    '--always',
    '--abbrev=40',
    '--exclude=*',
    '--dirty',
  ),
  ...(manifest.repository && { 'org.opencontainers.image.source': manifest.repository.url }),
};
const { files, packages: ofProgram } = await bundleProgram(root, version);
const playground = join(root, 'dist', 'playground');
const ofPage = JSON.parse(readFileSync(join(playground, 'packages.json'), 'utf8'));
const packages = distinct([...ofProgram, ...ofPage]);
const size = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
console.error(`bundle: ${(size / 1e6).toFixed(2)} MB, ${packages.length} packages`);

const work = mkdtempSync(join(tmpdir(), 'image-detour-image-'));
try {
  const buildah = new Buildah(work);
  const images = wanted.map((arch) => {
    stage(join(work, 'context', arch), arch);
    const { base } = options;
    const file = join(root, 'scripts/image/Containerfile');
    return buildah.build(join(work, 'context'), { file, arch, base, labels, timestamp });
  });
  if (options.push !== undefined) buildah.push(images, options.push);
  else for (const [index, arch] of wanted.entries()) save(buildah, images[index], arch);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function distinct(all) {
  return [...new Map(all.map((each) => [`${each.name} ${each.version}`, each])).values()];
}

/** What one platform's image gets. */
function stage(folder, arch) {
  const app = join(folder, 'app');
  mkdirSync(app, { recursive: true });
  for (const { name, text } of files) writeFileSync(join(app, name), text);
  for (const page of ['playground/index.html', 'report/page.html'])
    cpSync(join(root, 'dist', page), join(app, 'dist', page));
  for (const name of ['LICENSE', 'NOTICE']) cpSync(join(root, name), join(app, name));
  const isAssembled = options.base === 'scratch';
  const parts = isAssembled ? assembleRoot(folder, arch) : [{ type: 'base', name: options.base }];
  const bill = billOfMaterials(manifest, { packages, parts, builtAt: new Date(timestamp * 1000) });
  writeFileSync(join(folder, 'sbom.cdx.json'), `${JSON.stringify(bill, undefined, 2)}\n`);
  // Nobody's umask shall show in the digest.
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', folder]);
}

function save(buildah, image, arch) {
  const file = resolve(
    options.output ?? join(root, `image/image-detour-${version}-${arch}.oci.tar`),
  );
  mkdirSync(dirname(file), { recursive: true });
  // buildah adds to an archive that is there.
  rmSync(file, { force: true });
  buildah.save(image, file, `image-detour:${version}`);
  console.error(file);
}

function readPlatform(platform) {
  const [os, arch] = platform.split('/');
  if (os !== 'linux' || !knownArchitectures.includes(arch)) {
    throw new Error(
      `--platform takes linux/${knownArchitectures.join(' and linux/')}, not ${platform}`,
    );
  }
  return arch;
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}
