import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Buildah builds with a store of its own below the folder, so that nothing is left behind and
 * nothing from before is found.
 */
export class Buildah {
  #options;

  constructor(folder) {
    const [root, runroot] = ['storage', 'run'].map((name) => join(folder, name));
    for (const each of [root, runroot]) mkdirSync(each, { recursive: true });
    this.#options = ['--storage-driver', 'vfs', '--root', root, '--runroot', runroot];
  }

  /** Gives the id of the image. */
  build(context, { file, arch, base, labels, timestamp }) {
    const args = [
      '--quiet',
      '--isolation',
      'chroot',
      '--format',
      'oci',
      '--file',
      file,
      '--platform',
      `linux/${arch}`,
      '--build-arg',
      `BASE=${base}`,
      '--timestamp',
      String(timestamp),
      '--identity-label=false',
      ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ];
    return this.#run('build', ...args, context).trim();
  }

  save(image, file, tag) {
    this.#run('push', '--quiet', '--format', 'oci', image, `oci-archive:${file}:${tag}`);
  }

  /** One reference for all architectures. Credentials are those of `buildah login`. */
  push(images, reference) {
    this.#run('manifest', 'create', 'all');
    for (const image of images) this.#run('manifest', 'add', 'all', image);
    this.#run(
      'manifest',
      'push',
      '--quiet',
      '--all',
      '--format',
      'oci',
      'all',
      `docker://${reference}`,
    );
  }

  #run(command, ...args) {
    const all = [...this.#options, command, ...args];
    return execFileSync('buildah', all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  }
}
