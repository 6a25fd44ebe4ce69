import { gzipSync } from 'node:zlib';
import { UsageError } from '../../../terminal.ts';

/** JobFile is a file that the Pods of a Job read. */
export interface JobFile {
  /** Below the folder with all of them. */
  readonly path: string;
  /** As the user named it, for messages. */
  readonly name: string;
  readonly text: string;
  /** True if it may be compressed. */
  readonly isList: boolean;
}

/** FileVolume is a ConfigMap's data, and under which paths its keys are mounted. */
export interface FileVolume {
  readonly data?: Readonly<Record<string, string>>;
  /** In base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly items: readonly { readonly key: string; readonly path: string }[];
}

/**
 * A file that is larger is compressed, and a ConfigMap gets no more files: `kubectl apply` repeats an
 * object in an annotation, which may have 256 KiB.
 */
const comfortable = 128 * 1024;
/** The most that a ConfigMap holds, with room for its keys. */
const maxConfigMap = 1024 * 1024 - 4096;

/** Divides files among ConfigMaps. */
export function packFiles(files: readonly JobFile[]): readonly FileVolume[] {
  const volumes: FileVolume[] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const [index, file] of files.entries()) {
    const { bytes, volume } = packFile(file, index);
    const last = volumes.at(-1);
    if (last !== undefined && size + bytes <= comfortable) {
      volumes[volumes.length - 1] = join(last, volume);
      size += bytes;
    } else {
      volumes.push(volume);
      size = bytes;
    }
    if (bytes > maxConfigMap) throw tooLarge(file, bytes);
  }
  return volumes;
}

function packFile({ path, text, isList }: JobFile, index: number) {
  const key = `${index}-${path.replace(/[^\w.-]/g, '_')}`.slice(-200);
  const items = [{ key, path }];
  const plain = Buffer.byteLength(text);
  if (!isList || plain <= comfortable)
    return { bytes: plain, volume: { data: { [key]: text.replace(/\n$/, '') }, items } };
  const packed = gzipSync(text, { level: 9 });
  const binaryData = { [key]: packed.toString('base64') };
  return { bytes: packed.length, volume: { binaryData, items } };
}

function join(one: FileVolume, other: FileVolume): FileVolume {
  const data = { ...one.data, ...other.data };
  const binaryData = { ...one.binaryData, ...other.binaryData };
  return {
    ...(Object.keys(data).length > 0 && { data }),
    ...(Object.keys(binaryData).length > 0 && { binaryData }),
    items: [...one.items, ...other.items],
  };
}

function tooLarge({ name, text, isList }: JobFile, bytes: number): UsageError {
  const size = `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  if (!isList) return new UsageError(`${name} has ${size}, and a ConfigMap holds 1 MiB`);
  const lines = Math.floor((text.split('\n').length * maxConfigMap * 0.8) / bytes);
  return new UsageError(
    `${name} has ${size} compressed, and a ConfigMap holds 1 MiB: split it into lists of at most ${lines} lines`,
  );
}
