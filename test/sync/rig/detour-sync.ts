import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { detourProgram } from '../../rig/detour.ts';
import { type Running, startWith } from '../../rig/process.ts';

/** SyncRun is a `detour sync` that runs, or has run. */
export interface SyncRun {
  readonly process: Running;
  /** What it wrote on both its outputs so far. */
  output(): string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** SyncOptions say what is copied. */
export interface SyncOptions {
  /** The rules file, as an object. */
  readonly rules: object;
  /** Images, as `--list` takes them. */
  readonly list?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts `detour sync` with files of its own in `folder`. Nothing of this user's settings is read. */
export function startSync(folder: string, options: SyncOptions): SyncRun {
  const { rules, list, args = [], env = {} } = options;
  const home = mkdtempSync(join(folder, 'sync-'));
  const rulesFile = join(home, 'detour.yaml');
  writeFileSync(rulesFile, stringify({ version: 1, ...rules }));
  const listFile = join(home, 'images.txt');
  if (list !== undefined) writeFileSync(listFile, list.map((image) => `${image}\n`).join(''));
  const running = startWith(
    process.execPath,
    [
      detourProgram,
      '--rules',
      rulesFile,
      'sync',
      ...(list === undefined ? [] : ['--list', listFile]),
      ...args,
    ],
    join(home, 'sync.log'),
    { env: { PATH: process.env.PATH, HOME: home, ...env }, cwd: home },
  );
  return {
    process: running,
    output: () => readFileSync(running.log, 'utf8'),
    ended: running.exited.then(({ code, signal }) => code ?? (signal as NodeJS.Signals)),
  };
}
