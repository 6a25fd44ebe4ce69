import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { defaultRulesText } from '../../src/rules/default.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { defaultSettings } from '../../src/target/contract/options.ts';
import { mutatingAdmissionPolicy } from '../../src/target/map.ts';
import { noticesOf, recordNotices } from './notices.ts';
import { fileAddress, shareBrowser } from './rig.ts';

const { newContext, open } = shareBrowser();

const defaultMirror = '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn';

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

  test('findings are counted as detour check counts them, and notes apart', async () => {
    const { page, rules } = await open();
    const text = `version: 1
rules:
  - {from: quay.io, to: m.example/q, path: last}
  - {from: m.example/q/a, to: m.example/q}
  - {from: ghcr.io, to: m.example/q}
`;
    await rules.fill(text);
    const status = page.locator('.rules .problems p');
    await status.getByText('note').waitFor();
    const { stdout } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, '../../bin/detour.js'), 'check', '-'],
      { input: text, encoding: 'utf8' },
    );
    const [counted] = /\d+ findings?$/m.exec(stdout) ?? [];
    expect(await status.innerText()).toBe(`${counted}, 2 notes`);
  });

  test('a slip in a key is mended by a click', async () => {
    const { page, rules } = await open();
    await rules.fill('version: 1\nrules:\n  - form: quay.io\n    to: m.example/quay\n');
    await page.locator('.cm-lintRange-error').first().hover();
    await page.getByRole('button', { name: 'Did you mean “from”?' }).click();
    expect(await rules.innerText()).toContain('- from: quay.io');
    await page.locator('.problems p:not(.has-errors)').waitFor();
  });

  test('each expectation is shown as met or not, and those that are not are reported', async () => {
    const { page, rules } = await open();
    const text = 'version: 1\nrules:\n  - {from: quay.io, to: m.example/quay}\nexpect:\n';
    const entries = '  quay.io/a: m.example/quay/a\n  quay.io/b: keep\n  quay.io/c: deny\n';
    await rules.fill(text + entries);
    await page.locator('.expectations', { hasText: '1 of 3 expectations met' }).waitFor();
    expect(await page.locator('.expectation-met').allInnerTexts()).toEqual([
      '  quay.io/a: m.example/quay/a',
    ]);
    expect(await page.locator('.expectation-unmet').count()).toBe(2);
    const problem = page.locator('.problems button.warning', { hasText: 'quay.io/b' });
    expect(await problem.innerText()).toMatch(
      /6:3\s+quay\.io\/b becomes m\.example\/quay\/b: the rule/,
    );
    await rules.fill(text + entries.replace('keep', 'm.example/quay/b').replace('deny', ''));
    expect(await page.locator('.expectations').count(), 'the file is broken').toBe(0);
    await rules.fill(`${text}  quay.io/a: m.example/quay/a\n`);
    await page.locator('.expectations', { hasText: '1 of 1 expectation met' }).waitFor();
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
});

test('while the rules are broken no rule is marked', async () => {
  const playground = await open();
  const { page, rules } = playground;
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
    const playground = await open();
    const { page, input, rows } = playground;
    const images = Array.from({ length: 10_000 }, (_, n) => `quay.io/org/app-${n}:v${n}`);
    await playground.paste(input, images.join('\n'));
    await page.locator('.count', { hasText: '10,000 all' }).waitFor();
    expect(await rows.count()).toBeLessThan(40);
    await page.locator('[role=listbox]').press('End');
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
    const playground = await open();
    const { page } = playground;
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
    const playground = await open();
    const { page } = playground;
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
    const playground = await open();
    const { page } = playground;
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
    const playground = await open();
    const { page } = playground;
    await page.getByLabel('Example').selectOption('airgapped');
    await playground.choose('targets');
    expect(await page.locator('.not-expressible').innerText()).toContain('"*" is kept, not denied');
    await page.getByRole('combobox', { name: 'Target', exact: true }).selectOption('vap');
    await page.locator('.output', { hasText: 'kind: ValidatingAdmissionPolicy' }).waitFor();
  });

  test('of given manifests are made for the one that is tried', async () => {
    const playground = await open();
    const { page } = playground;
    await page.getByLabel('Example').selectOption('ecr');
    await playground.choose('targets');
    await page.getByRole('combobox', { name: 'Target', exact: true }).selectOption('kustomize');
    await page.locator('.output', { hasText: 'docker-hub/library/nginx' }).waitFor();
  });

  test('without an image to compile for, or without rules, say so', async () => {
    const playground = await open();
    const { page, rules } = playground;
    await playground.choose('targets');
    await page.getByRole('combobox', { name: 'Target', exact: true }).selectOption('kustomize');
    await page.getByText('Nothing to compile yet').waitFor();
    expect(await page.locator('.output').count()).toBe(0);
    await rules.fill('version: 1\nrules: []\n');
    await page.getByRole('combobox', { name: 'Target', exact: true }).selectOption('k3s');
    await page.getByText('The list of rules is empty').waitFor();
    await page.getByRole('combobox', { name: 'Target', exact: true }).selectOption('containerd');
    await page.getByText('need no file for this target').waitFor();
  });

  test('of many files show each', async () => {
    const playground = await open();
    const { page } = playground;
    await playground.choose('targets');
    await page.getByRole('combobox', { name: 'Target', exact: true }).selectOption('containerd');
    await page
      .getByRole('combobox', { name: 'File', exact: true })
      .selectOption('certs.d/quay.io/hosts.toml');
    await page.locator('.output', { hasText: '/v2/quay"]' }).waitFor();
  });
});

test('the page is no higher than the window, whatever is open', async () => {
  const playground = await open({ viewport: { width: 1280, height: 800 } });
  const { page } = playground;
  for (const tab of ['decisions', 'manifest', 'patch', 'targets', 'webhook']) {
    await playground.choose(tab);
    expect(await page.evaluate(() => document.documentElement.scrollHeight), tab).toBe(800);
  }
});

test('the webhook’s configuration is made for a URL and a version', async () => {
  const playground = await open();
  const { page } = playground;
  await playground.choose('webhook');
  const output = page.locator('.output .cm-content');
  await page.getByLabel('URL of the webhook').fill('https://hook.example/mutate');
  await page.locator('.output', { hasText: 'url: https://hook.example/mutate' }).waitFor();
  await page.getByLabel('Kubernetes').selectOption('1.15');
  await page.locator('.output', { hasText: 'admissionregistration.k8s.io/v1beta1' }).waitFor();
  await page.getByLabel('If it cannot be reached').selectOption('Fail');
  await page.getByLabel('Pods in kube-system').selectOption('included');
  await output.press('Control+End');
  await page.locator('.output', { hasText: 'name: kube-system.image-detour.io' }).waitFor();
  await page.getByLabel('URL of the webhook').fill('http://hook.example');
  expect(await page.locator('.invalid').innerText()).toContain('https://');
});

describe('state', () => {
  test.each(['#1.AAAA', '#1.', '#nonsense', '#1.q1YqSy0qzszPU7JSykvMTVWqBQA'])(
    'a broken link (%s) opens the first example',
    async (fragment) => {
      const context = await newContext({ locale: 'en-US' });
      await recordNotices(context);
      const playground = await open({ context, address: fileAddress + fragment });
      const { page, rules } = playground;
      expect((await rules.innerText()).trim()).toBe(defaultRulesText.trim());
      const damaged = 'This link is damaged or incomplete. You see an example instead.';
      await expect.poll(() => noticesOf(page)).toEqual(fragment.startsWith('#1.') ? [damaged] : []);
    },
  );

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
