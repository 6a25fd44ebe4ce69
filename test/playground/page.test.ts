import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { defaultSettings } from '../../src/target/contract/options.ts';
import { mutatingAdmissionPolicy } from '../../src/target/map.ts';
import { fileAddress, launch, Playground } from './rig.ts';

const defaultMirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';
let browser: Browser;
let playground: Playground;

beforeAll(async () => {
  browser = await launch();
  return () => browser.close();
});

afterEach(() => playground.close());

const open = async (
  ...args: Parameters<typeof Playground.open> extends [unknown, ...infer Rest] ? Rest : never
) => {
  playground = await Playground.open(browser, ...args);
  return playground;
};

describe('rules', () => {
  test('a mistake is reported at its line, in the list and in the editor', async () => {
    const { page, rules } = await open();
    await rules.fill('version: 1\nrules:\n  - form: quay.io\n    to: m.example/quay\n');
    const problem = page.locator('.problems button.error', { hasText: 'form' });
    expect(await problem.innerText()).toMatch(/error\s+3:5\s+rules\[0\] has no key "form"/);
    expect(await page.locator('.cm-lintRange-error').first().innerText()).toBe('form');
    await page.locator('.cm-lint-marker-error').first().waitFor();
    expect(await page.locator('.stale').innerText()).toContain('The rules have errors');
    await problem.click();
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('cm-content');
  });

  test('a slip in a key is mended by a click', async () => {
    const { page, rules } = await open();
    await rules.fill('version: 1\nrules:\n  - form: quay.io\n    to: m.example/quay\n');
    await page.locator('.cm-lintRange-error').first().hover();
    await page.getByRole('button', { name: 'Did you mean “from”?' }).click();
    expect(await rules.innerText()).toContain('- from: quay.io');
    await page.locator('.problems p:not(.has-errors)').waitFor();
  });

  test('keys and values are completed, and explained', async () => {
    const { page, rules } = await open();
    await rules.fill('version: 1\nrules:\n  - from: quay.io\n    ');
    await rules.press('Control+End');
    await rules.pressSequentially('lib');
    await page.locator('.cm-tooltip-autocomplete', { hasText: 'library' }).waitFor();
    expect(await page.locator('.cm-completionInfo').innerText()).toContain('official images');
    // It takes nothing in its first moments, so that nobody accepts what they have not seen.
    await page.waitForTimeout(100);
    await rules.press('Enter');
    await rules.press('Control+Space');
    expect(await page.locator('.cm-tooltip-autocomplete').innerText()).toContain('as-written');
    await rules.press('Escape');
    await page.locator('.pane.rules .cm-line', { hasText: 'from' }).getByText('from').hover();
    expect(await page.locator('.hover').innerText()).toMatch(/^from A registry/);
  });

  test('decisions follow what is typed', async () => {
    const { rules, rows } = await open();
    await rules.fill(defaultRulesText.replace('${mirror}/quay', '${mirror}/typed'));
    const row = rows.filter({ hasText: 'quay.io/prometheus' });
    await row.getByText(`${defaultMirror}/`).waitFor();
    expect(await row.innerText()).toContain('typed/prometheus/node-exporter:v1.8.1');
  });

  test('undone is what was typed, and what an example brought', async () => {
    const { page, rules } = await open();
    await page.getByLabel('Example').selectOption('airgapped');
    expect(await rules.innerText()).toContain('registry.internal:5000');
    const undo = page.locator('.pane.rules').getByRole('button', { name: 'Undo' });
    await undo.click();
    expect((await rules.innerText()).trim()).toBe(defaultRulesText.trim());
    expect(await undo.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Reset' }).click();
    expect(await rules.innerText()).toContain('registry.internal:5000');
  });
});

test('while the rules are broken no rule is marked', async () => {
  const { page, rules } = await open();
  await rules.press('Control+Home');
  await rules.pressSequentially('# a\n# b\nbad\n');
  await page.locator('.stale').waitFor();
  expect(await page.locator('.rule-decided').count()).toBe(0);
  expect(await playground.why.innerText()).not.toContain('line');
});

describe('images', () => {
  test('each is decided, counted, and shown by its kind', async () => {
    const { page, input, rows } = await open();
    await input.fill(
      'k8s.gcr.io/coredns:1.3.1\ndocker.elastic.co/x:1 # kept\n\ndirect.to/busybox\n',
    );
    await page.locator('.count', { hasText: '3 all' }).waitFor();
    const texts = (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(texts).toEqual([
      `rewritten k8s.gcr.io/ coredns:1.3.1 → ${defaultMirror}/ gcr/google_containers/coredns:1.3.1`,
      'kept docker.elastic.co/ x:1 no rule matches',
      'rewritten direct.to/ busybox → busybox the bypass prefix forces the origin',
    ]);
    await page.locator('.count', { hasText: 'kept' }).click();
    expect(await rows.count()).toBe(1);
    expect(await page.locator('.count', { hasText: 'denied' }).isDisabled()).toBe(true);
    await input.fill('quay.io/a\n');
    await rows.getByText('quay/a').waitFor();
  });

  test('of 10,000 only those that are seen are in the page', async () => {
    const { page, input, rows } = await open();
    const images = Array.from({ length: 10_000 }, (_, n) => `quay.io/org/app-${n}:v${n}`);
    await playground.paste(input, images.join('\n'));
    await page.locator('.count', { hasText: '10,000 all' }).waitFor();
    expect(await rows.count()).toBeLessThan(40);
    await page.locator('.list').press('End');
    await rows.filter({ hasText: 'app-9999:v9999' }).first().waitFor();
    expect(await rows.count()).toBeLessThan(40);
    expect(await playground.why.innerText()).toContain('quay.io/org/app-9999:v9999');
  });

  test('that meet in the mirror are reported', async () => {
    const { page, rules, input } = await open();
    await rules.fill(
      'version: 1\nrules:\n  - from: [a.example, b.example]\n    to: m.example/x\n  - from: quay.io\n    to: m.example/x\n',
    );
    await input.fill('a.example/app:1\nb.example/app:1\nquay.io/app:1\n');
    await page.locator('.collisions summary').click();
    expect(await page.locator('.collisions li').allInnerTexts()).toEqual([
      'a.example/app:1 · quay.io/app:1 → m.example/x/app:1',
    ]);
  });

  test('the trace tells which rule won, and why the others lost', async () => {
    const { page, rows, why } = await open();
    await rows.filter({ hasText: 'gcr.io/google-containers/pause:3.1' }).first().click();
    expect(
      (await why.locator('.considered li').allInnerTexts()).map((text) => text.trim()),
    ).toEqual([
      'gcr.io/google-containers line 7 decided',
      'gcr.io line 9 matches, but another is more specific',
    ]);
    expect(await page.locator('.cm-line.rule-decided').allInnerTexts()).toEqual([
      '  - from: [k8s.gcr.io, gcr.io/google-containers, gcr.io/google_containers]',
      '    to: ${mirror}/gcr/google_containers',
    ]);
    expect(await page.locator('.from-decided').innerText()).toBe('gcr.io/google-containers');
    expect(await page.locator('.cm-line.rule-lost').count()).toBe(2);
  });

  test('the namespace counts', async () => {
    const { page, rows } = await open();
    await page.getByLabel('Example').selectOption('several');
    const pause = rows.filter({ hasText: 'registry.k8s.io/' });
    expect(await pause.innerText()).toContain('no rule matches');
    await page.getByLabel('Namespace').fill('prod-shop');
    await pause.getByText('k8s/pause:3.10').waitFor();
  });

  test('in a namespace that registrations leave out have a note', async () => {
    const { page, rows } = await open();
    const note = page.locator('.trace').getByText('Registrations leave this namespace out');
    expect(await note.count()).toBe(0);
    await page.getByLabel('Namespace').fill('kube-system');
    await note.waitFor();
    expect(await rows.first().innerText()).toContain('rewritten');
  });
});

describe('a manifest', () => {
  test('stands before and after, with what changed', async () => {
    const { page } = await open();
    await page.getByLabel('Example').selectOption('ecr');
    await playground.choose('manifest');
    const [before, after] = [page.locator('.removed'), page.locator('.added')];
    await after.first().waitFor();
    expect((await before.allInnerTexts())[0]).toBe('ghcr.io/example/shop-migrate:v7');
    expect((await after.allInnerTexts())[0]).toBe(
      '111122223333.dkr.ecr.eu-central-1.amazonaws.com/github/example/shop-migrate:v7',
    );
    expect(await page.locator('.pane.input .hint').first().innerText()).toBe('2 objects, 5 images');
  });

  test('shows the patch that the webhook answers', async () => {
    const { page } = await open();
    await page.getByLabel('Example').selectOption('harbor');
    await playground.choose('patch');
    const text = await page.locator('.patches pre').innerText();
    expect(JSON.parse(text)).toEqual([
      {
        op: 'replace',
        path: '/spec/containers/0/image',
        value: 'harbor.example.com/dockerhub-proxy/library/nginx:1.27',
      },
      {
        op: 'replace',
        path: '/spec/containers/2/image',
        value: expect.stringContaining('harbor.example.com/gcr-proxy/eu.gcr.io/example/proxy@'),
      },
      {
        op: 'replace',
        path: '/spec/volumes/0/image/reference',
        value: 'harbor.example.com/ghcr-proxy/example/model:2',
      },
      { op: 'add', path: '/spec/imagePullSecrets', value: [{ name: 'harbor-login' }] },
    ]);
  });

  test('that is broken is reported at its line', async () => {
    const { page, input } = await open();
    await input.fill('kind: Pod\nspec: [\n---\nkind: Pod\n');
    await page.locator('.pane.input .problems', { hasText: '3:1' }).waitFor();
    await page.getByText('This cannot be read').waitFor();
  });
});

describe('targets', () => {
  test('are shown as detour compile prints them, and downloaded', async () => {
    const { page } = await open();
    await playground.choose('targets');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('mutating-admission-policy.yaml');
    const { ruleSet } = loadRules(defaultRulesText);
    const compiled = mutatingAdmissionPolicy.compile(ruleSet as RuleSet, defaultSettings);
    expect(readFileSync(await download.path(), 'utf8')).toBe(compiled.documents[0]?.text);
  });

  test('tell what they cannot say', async () => {
    const { page } = await open();
    await page.getByLabel('Example').selectOption('airgapped');
    await playground.choose('targets');
    expect(await page.locator('.not-expressible').innerText()).toContain('"*" is kept, not denied');
    await page.getByRole('tab', { name: 'vap' }).click();
    await page.getByText('ValidatingAdmissionPolicy: only the mirror').waitFor();
  });

  test('of given manifests are made for the one that is tried', async () => {
    const { page } = await open();
    await page.getByLabel('Example').selectOption('ecr');
    await playground.choose('targets');
    await page.getByRole('tab', { name: 'kustomize' }).click();
    await page.locator('.output', { hasText: 'docker-hub/library/nginx' }).waitFor();
  });

  test('of many files show each', async () => {
    const { page } = await open();
    await playground.choose('targets');
    await page.getByRole('tab', { name: 'containerd' }).click();
    await page.locator('.targets select').selectOption('certs.d/quay.io/hosts.toml');
    await page.locator('.output', { hasText: '/v2/quay"]' }).waitFor();
  });
});

test('the page is no higher than the window, whatever is open', async () => {
  const { page } = await open({ viewport: { width: 1280, height: 800 } });
  for (const tab of ['decisions', 'manifest', 'patch', 'targets', 'webhook']) {
    await playground.choose(tab);
    expect(await page.evaluate(() => document.documentElement.scrollHeight), tab).toBe(800);
  }
});

test('the webhook’s configuration is made for a URL and a version', async () => {
  const { page } = await open();
  await playground.choose('webhook');
  const output = page.locator('.output .cm-content');
  await page.getByLabel('URL of the webhook').fill('https://hook.example/mutate');
  await page.locator('.output', { hasText: 'url: https://hook.example/mutate' }).waitFor();
  await page.getByLabel('Kubernetes').selectOption('1.15');
  await page.locator('.output', { hasText: 'admissionregistration.k8s.io/v1beta1' }).waitFor();
  await page.getByLabel('If it cannot be reached').selectOption('Fail');
  await output.press('Control+End');
  await page.getByLabel('URL of the webhook').fill('http://hook.example');
  expect(await page.locator('.invalid').innerText()).toContain('https://');
});

describe('state', () => {
  test('is in the link, and in the address when the page is loaded again', async () => {
    const context = await browser.newContext({
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    playground = await Playground.open(context);
    const { page, input } = playground;
    await input.fill('quay.io/mine/app:1\n');
    await playground.choose('patch');
    await page.waitForFunction(() => location.hash.length > 10);
    await page.reload();
    expect((await input.innerText()).trim()).toBe('quay.io/mine/app:1');
    expect(await page.locator('#tab-patch').getAttribute('aria-selected')).toBe('true');
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByText('Link copied').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    await playground.close();

    playground = new Playground(await context.newPage());
    await playground.page.goto(link);
    await playground.page.getByText('No Pod yet').waitFor();
    expect((await playground.input.innerText()).trim()).toBe('quay.io/mine/app:1');
  });

  test.each(['#1.AAAA', '#1.', '#nonsense', '#1.q1YqSy0qzszPU7JSykvMTVWqBQA'])(
    'a broken link (%s) opens the first example',
    async (fragment) => {
      const { rules } = await open({ address: fileAddress + fragment });
      expect((await rules.innerText()).trim()).toBe(defaultRulesText.trim());
      const isOfThisPage = fragment.startsWith('#1.');
      expect(await playground.page.locator('.notice').innerText()).toBe(
        isOfThisPage ? 'This link is damaged or incomplete. You see an example instead.' : '',
      );
    },
  );

  test('too long for an address keeps the rules there', async () => {
    const { page, rules, input } = await open();
    await rules.fill('version: 1\nrules: []\n');
    const noise = Array.from({ length: 6_000 }, () => `quay.io/${Math.random().toString(36)}`);
    await playground.paste(input, noise.join('\n'));
    await page.locator('.count', { hasText: '6,000 all' }).waitFor();
    await page.waitForFunction(() => location.hash.length > 10);
    await page.reload();
    await page.locator('.pane.rules .cm-content', { hasText: 'rules: []' }).waitFor();
  });

  test('language and theme are switched, and remembered', async () => {
    const { page } = await open({ locale: 'en-US', colorScheme: 'light' });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByLabel('Theme').selectOption('dark');
    expect(await ground()).not.toBe(light);
    await page.getByLabel('Language').selectOption('zh');
    await page.getByRole('heading', { name: '规则', exact: true }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
    await page.reload();
    await page.getByRole('tab', { name: '判定' }).waitFor();
    expect(await ground()).not.toBe(light);
    await page.getByLabel('主题').selectOption('system');
    expect(await ground()).toBe(light);
  });

  test('a browser in Chinese is spoken to in Chinese, a dark one in the dark', async () => {
    const { page } = await open({ locale: 'zh-CN', colorScheme: 'dark' });
    await page.getByRole('tab', { name: '判定' }).waitFor();
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
      'rgb(12, 15, 19)',
    );
  });
});

test('is the same from a static host, and from a folder of it', async () => {
  const page = readFileSync(fileURLToPath(fileAddress));
  const host = createServer(({ url }, response) => {
    response.writeHead(url === '/tools/' ? 200 : 404, { 'Content-Type': 'text/html' });
    response.end(page);
  });
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  const { port } = host.address() as AddressInfo;
  const { rows } = await open({ address: `http://127.0.0.1:${port}/tools/` });
  expect(await rows.first().innerText()).toContain('coredns:1.3.1');
  host.closeAllConnections();
  host.close();
});
