import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { caCertificate } from '../../../../test/support/ca-certificate.ts';
import { runDetour } from '../../../../test/support/run-detour.ts';

let folder: string;
let home: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'authority-files-'));
});
beforeEach(() => {
  home = mkdtempSync(join(folder, 'out-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a rules file with or without the CA of its mirror, and returns the start of a command. */
function commandFor(ca: string | undefined, target: string): string[] {
  const registries = ca === undefined ? {} : { 'm.example': { ca } };
  const rules = [{ from: 'quay.io', to: 'm.example/quay' }];
  const file = join(home, 'detour.json');
  writeFileSync(file, JSON.stringify({ version: 1, bypass: false, registries, rules }));
  return ['--rules', file, 'compile', target];
}

test.each(['containerd', 'k3s', 'registries', 'buildkit'])(
  '--output writes the CA for %s, and --check compares it',
  async (target) => {
    const output = join(home, target);
    const command = commandFor(caCertificate, target);
    const { code, stdout } = await runDetour([...command, '--output', output]);
    const file = join(output, 'certs.d/m.example/ca.crt');
    expect([code, stdout.split('\n')]).toEqual([0, expect.arrayContaining([file])]);
    expect(readFileSync(file, 'utf8')).toContain(caCertificate);
    expect(await runDetour([...command, '--check', output])).toMatchObject({ code: 0 });

    writeFileSync(file, readFileSync(file, 'utf8').replace('MII', 'MIJ'));
    expect(await runDetour([...command, '--check', output])).toMatchObject({
      code: 1,
      stdout: `${file}: differs from the rules\n`,
    });
    const { stdout: left } = await runDetour([...commandFor(undefined, target), '--check', output]);
    expect(left).toContain(`${file}: no longer in the rules\n`);
  },
);

test('a CA that somebody else wrote is not replaced', async () => {
  const command = commandFor(caCertificate, 'containerd');
  await runDetour([...command, '--output', home]);
  writeFileSync(join(home, 'certs.d/m.example/ca.crt'), caCertificate);
  const { code, stderr } = await runDetour([...command, '--output', home]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('not from the rules')]);
});

test('one file of several can be compared by itself', async () => {
  const command = commandFor(caCertificate, 'k3s');
  await runDetour([...command, '--output', home]);
  const file = join(home, 'registries.yaml');
  expect(await runDetour([...command, '--check', file])).toMatchObject({ code: 0 });
  writeFileSync(file, readFileSync(file, 'utf8').replace('/quay', '/other'));
  expect(await runDetour([...command, '--check', file])).toMatchObject({ code: 1 });
});

test('what is several files is not printed as one', async () => {
  const { code, stderr } = await runDetour(commandFor(caCertificate, 'k3s'));
  expect([code, stderr]).toEqual([2, expect.stringContaining('add --output FOLDER')]);
});
