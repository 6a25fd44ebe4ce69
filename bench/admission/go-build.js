import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from './children.js';
import { UsageError } from './options.js';

const source = fileURLToPath(new URL('go-stdlib', import.meta.url));

/** Builds the Go server into the user's cache; Go itself decides whether there is work to do. */
export async function buildGoServer() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'image-detour', 'bench');
  const binary = join(folder, 'go-stdlib');
  mkdirSync(folder, { recursive: true });
  await requireGo();
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local' };
  await runChild('go', ['build', '-o', binary, '.'], { cwd: source, env, timeoutMs: 180_000 });
  return binary;
}

async function requireGo() {
  try {
    await runChild('go', ['version'], { timeoutMs: 10_000 });
  } catch {
    throw new UsageError('Go is missing: install it, or leave it out (--server detour …)');
  }
}
