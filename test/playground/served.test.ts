import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { type Running, start, untilReady } from '../rig/process.ts';
import { shareBrowser } from './rig.ts';

const { open } = shareBrowser();

const rulesText = `version: 1
bypass: false # it's "mine": <b>&amp;</b>
rules:
  - from: quay.io
    to: registry.example/team/quay
`;
let server: Running;
let address: string;
const folder = mkdtempSync(join(tmpdir(), 'playground-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Starts `detour serve --playground` on free ports, and finds out the page's address. */
async function startServer(...options: string[]): Promise<void> {
  const ports = ['--listen', '127.0.0.1:0', '--health-listen', '127.0.0.1:0'];
  const program = join(import.meta.dirname, '../../bin/detour.js');
  server = start(
    process.execPath,
    [program, ...options, 'serve', '--playground', '--log-format', 'json', ...ports],
    join(mkdtempSync(join(folder, 'serve-')), 'log'),
  );
  const ready = () => server.lines().find((line) => line.includes('"msg":"ready"'));
  const line = await untilReady('detour is ready', server, ready, 15);
  address = JSON.parse(line).playground;
}

describe('served with a rules file', () => {
  beforeAll(async () => {
    const rulesFile = join(folder, 'mine.yaml');
    writeFileSync(rulesFile, rulesText);
    await startServer('--rules', rulesFile);
  });
  afterAll(() => server.stop('SIGTERM'));

  test('the page opens with the rules in force, and comes back to them', async () => {
    const playground = await open({ address });
    const { page, rules, rows } = playground;
    expect((await rules.innerText()).trim()).toBe(rulesText.trim());
    await rows.filter({ hasText: 'registry.example/' }).first().waitFor();
    await page.getByLabel('Example').selectOption('harbor');
    expect(await rules.innerText()).toContain('harbor.example.com');
    await page.getByLabel('Example').selectOption('The rules of this server');
    expect((await rules.innerText()).trim()).toBe(rulesText.trim());
    await rules.fill('version: 1\nrules: []\n');
    await page.getByRole('button', { name: 'Reset' }).click();
    expect((await rules.innerText()).trim()).toBe(rulesText.trim());
  });
});

describe('served with the embedded rules', () => {
  beforeAll(async () => {
    await startServer();
  });
  afterAll(() => server.stop('SIGTERM'));

  test('the page opens with the first example', async () => {
    const playground = await open({ address });
    expect((await playground.rules.innerText()).trim()).toBe(defaultRulesText.trim());
    const example = playground.page.getByLabel('Example');
    expect(await example.inputValue()).toBe('public');
    expect(await example.locator('option[value=server]').count()).toBe(0);
  });
});
