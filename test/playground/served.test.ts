import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { shareBrowser } from './rig.ts';
import { type Served, servePlayground } from './serve.ts';

const { open } = shareBrowser();

const rulesText = `version: 1
bypass: false # it's "mine": <b>&amp;</b>
rules:
  - from: quay.io
    to: registry.example/team/quay
`;
let served: Served;
const folder = mkdtempSync(join(tmpdir(), 'playground-'));

afterAll(() => rmSync(folder, { recursive: true }));

describe('served with a rules file', () => {
  beforeAll(async () => {
    const rulesFile = join(folder, 'mine.yaml');
    writeFileSync(rulesFile, rulesText);
    served = await servePlayground(folder, '--rules', rulesFile);
  });
  afterAll(() => served.server.stop('SIGTERM'));

  test('the page opens with the rules in force, and comes back to them', async () => {
    const playground = await open({ address: served.address });
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
    served = await servePlayground(folder);
  });
  afterAll(() => served.server.stop('SIGTERM'));

  test('the page opens with the first example', async () => {
    const playground = await open({ address: served.address });
    expect((await playground.rules.innerText()).trim()).toBe(defaultRulesText.trim());
    const example = playground.page.getByLabel('Example');
    expect(await example.inputValue()).toBe('public');
    expect(await example.locator('option[value=server]').count()).toBe(0);
  });
});
