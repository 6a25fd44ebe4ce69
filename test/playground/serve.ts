import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Running, start, untilReady } from '../rig/process.ts';

export interface Served {
  readonly server: Running;
  /** Where the page is. */
  readonly address: string;
}

/** Starts `detour serve --playground` on free ports, with its log in a folder. */
export async function servePlayground(folder: string, ...options: string[]): Promise<Served> {
  const ports = ['--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0'];
  const program = join(import.meta.dirname, '../../bin/detour.js');
  const server = start(
    process.execPath,
    [program, ...options, 'serve', '--playground', '--log-format', 'json', ...ports],
    join(mkdtempSync(join(folder, 'serve-')), 'log'),
  );
  const ready = () => server.lines().find((line) => line.includes('"msg":"ready"'));
  const line = await untilReady('detour is ready', server, ready, 15);
  return { server, address: JSON.parse(line).playground };
}
