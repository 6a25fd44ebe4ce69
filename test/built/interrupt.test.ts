import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';

const registries = Array.from({ length: 2_000 }, (_, index) => `r${index}.example`);

test('a Ctrl-C while files are written is obeyed when all are there, each whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'detour-interrupt-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const rules = registries.map((from) => ({ from, to: `mirror.example/${from}` }));
  const [file, output] = [join(folder, 'detour.yaml'), join(folder, 'output')];
  writeFileSync(file, JSON.stringify({ version: 1, bypass: false, rules }));
  const args = ['--rules', file, 'compile', 'containerd', '--output', output];
  const child = spawn(process.execPath, ['bin/detour.js', ...args], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  // All are made before the first is brought to its place.
  while (!existsSync(join(output, 'certs.d/r1.example'))) await sleep(1);
  child.kill('SIGINT');
  expect(existsSync(join(output, 'certs.d/r1999.example')), 'it came in time').toBe(false);
  expect(await ended).toEqual([null, 'SIGINT']);
  const hosts = readdirSync(join(output, 'certs.d'));
  expect(hosts.toSorted()).toEqual(registries.toSorted());
  for (const host of hosts) {
    const files = readdirSync(join(output, 'certs.d', host));
    expect(files).toEqual(['hosts.toml']);
    const text = readFileSync(join(output, 'certs.d', host, 'hosts.toml'), 'utf8');
    expect(text).toMatch(/override_path = true\n$/);
  }
});
