import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';

/** ImageFiles is an image of a few files. */
export interface ImageFiles {
  /** Path in the image → file that is copied there, as a program. */
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

/** Names this machine's architecture as the OCI image specification does, with Go's names. */
export const architecture = arch() === 'x64' ? 'amd64' : arch();

/** Writes an OCI image layout and gives its folder. */
export function writeImage(folder: string, { files, command }: ImageFiles): string {
  const layout = mkdtempSync(join(folder, 'layout-'));
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const blob = (content: Buffer) => {
    const hash = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(layout, 'blobs/sha256', hash), content);
    return { digest: `sha256:${hash}`, size: content.length };
  };
  const json = (value: object) => blob(Buffer.from(JSON.stringify(value)));
  const type = (kind: string) => ({ mediaType: `application/vnd.oci.image.${kind}` });

  const layer = blob(archive(layout, files));
  const config = json({
    architecture,
    os: 'linux',
    config: { Cmd: command },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  const manifest = json({
    schemaVersion: 2,
    ...type('manifest.v1+json'),
    config: { ...type('config.v1+json'), ...config },
    layers: [{ ...type('layer.v1.tar'), ...layer }],
  });
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const index = { schemaVersion: 2, manifests: [{ ...type('manifest.v1+json'), ...manifest }] };
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
  return layout;
}

function archive(work: string, files: ImageFiles['files']): Buffer {
  const root = join(work, 'root');
  for (const [path, file] of Object.entries(files)) {
    const to = join(root, path);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(file, to);
    chmodSync(to, 0o755);
  }
  const tar = join(work, 'layer.tar');
  execFileSync('tar', ['--owner=0', '--group=0', '-cf', tar, '-C', root, '.']);
  return readFileSync(tar);
}
