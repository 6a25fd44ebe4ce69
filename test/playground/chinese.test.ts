import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { exampleNames } from '../../playground/model/examples.ts';
import { targets } from '../../src/target/all.ts';
import { type Playground, shareBrowser } from './rig.ts';

const { open } = shareBrowser();

const tabs = ['decisions', 'manifest', 'patch', 'targets', 'webhook'];

async function openInChinese(): Promise<Playground> {
  const playground = await open({
    locale: 'zh-CN',
    viewport: { width: 1366, height: 900 },
  });
  await playground.page.locator('.problems').first().waitFor();
  return playground;
}

/** Where texts are code, in editors, names, or the same in every language. */
const literal = [
  '.old, code, pre, q, script, noscript, style, .cm-line, .cm-gutters, .cm-completionLabel',
  '.cm-announced, .name, .place, .where, .message, option[value=en], h1',
].join();

/** Names, kinds, numbers, images, and what keep says of a rule. */
const named = /^(Webhook|Kubernetes|Pod \S+|1\.\d+|[^a-z]*|[a-z0-9-]+|\S*[./:]\S*|\S*: keep)$/i;
const threeWords = /\b[a-z']{2,} [a-z']{2,} [a-z']{2,}\b/i;
/** What a Chinese sentence may quote. */
const quoted =
  /`[^`]*`|"[^"]*"|“[^”]*”|detour [\w -]+|kubectl apply -f|helm template|Amazon Linux|user data|JSON Patch/g;

function isForeign(text: string): boolean {
  const said = text.replace(quoted, '').trim();
  if (said === '' || named.test(said)) return false;
  return !/[\u4e00-\u9fff]/.test(said) || threeWords.test(said);
}

/**
 * Returns every text of the page, and of the attributes that are shown or read out, that is not
 * Chinese: one without a Chinese character, or with three English words in a row.
 */
async function englishOn(page: Page): Promise<string[]> {
  const texts = await page.evaluate((left) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const nodes: Node[] = [];
    while (walker.nextNode()) nodes.push(walker.currentNode);
    const isRead = ({ parentElement: parent }: Node) =>
      parent?.closest('.cm-placeholder') || !parent?.closest(left);
    const ofNodes = nodes.filter(isRead).map(({ textContent }) => textContent ?? '');
    const ofAttributes = ['aria-label', 'title', 'placeholder', 'alt'].flatMap((name) =>
      [...document.querySelectorAll(`[${name}]:not(code, .image, .becomes)`)].map(
        (element) => element.getAttribute(name) ?? '',
      ),
    );
    return [...ofNodes, ...ofAttributes];
  }, literal);
  return [...new Set(texts)].filter(isForeign);
}

describe('every word is Chinese', () => {
  test.each(exampleNames)('in the example %s', async (example) => {
    const playground = await openInChinese();
    const { page } = playground;
    await page.getByLabel('示例').selectOption(example);
    for (const tab of tabs) {
      await playground.choose(tab);
      await page.waitForTimeout(50);
      expect(await englishOn(page), tab).toEqual([]);
    }
  });

  test('of each target', async () => {
    const playground = await openInChinese();
    const { page, rules } = playground;
    await rules.fill(`version: 1
mirror: m.example
skip: {owners: [Job], labels: {a: b*c}, annotations: {c: d}}
namespaces: {exclude: [a*b]}
annotate: true
warn: true
namespaceRules: {to: [m.example/teams]}
registries:
  m.example: {pullSecrets: [login]}
  p.example: {plainHttp: true}
rules:
  - {from: docker.io, to: "\${mirror}/hub", library: always}
  - {from: quay.io, to: "\${mirror}/quay", path: last}
  - {from: quay.io/a, deny: no}
  - {from: "*.gcr.io", to: "\${mirror}/\${registry}"}
  - {from: m.example/quay/b, to: other.example/b}
  - {from: ghcr.io/a:1, to: m.example/a:2}
  - {from: ghcr.io, keep: true, namespaces: {include: [x]}}
  - {from: "*", deny: ask us}
`);
    await page.waitForTimeout(100);
    expect(await page.locator('.stale').count(), 'the rules are valid').toBe(0);
    await playground.choose('targets');
    const target = page.locator('.targets select').first();
    for (const name of targets.map((each) => each.name)) {
      await target.selectOption(name);
      expect(await englishOn(page), name).toEqual([]);
    }
  });

  test.each([
    ['an unknown key', 'version: 1\nrules:\n  - form: quay.io\n'],
    [
      'wrong values',
      'version: 2\nmirror: 5\nskip: []\nexits: [x]\nrules:\n  - {from: {}, to: []}\n',
    ],
    [
      'findings',
      'version: 1\nbypass: a.b\nrules:\n  - {from: quay.io, to: m.example/a, library: never, path: last}\n  - {from: m.example/a/b, to: m.example/a}\n  - {from: gcr.io, to: m.example/a}\nexpect: {quay.io/a: keep, busybox: deny}\n',
    ],
    ['YAML that is broken', 'version: 1\nrules: [\n  a: {b\n'],
    ['a tab', 'version: 1\nrules:\n\t- from: a\n'],
    [
      'no action',
      'version: 1\nrules:\n  - {from: quay.io}\n  - {from: a b, to: x}\n  - {from: gcr.io, to: "${mirror}", keep: true}\n  - {from: quay.io, to: "${x}"}\n',
    ],
  ])('with rules that have %s', async (_, text) => {
    const playground = await openInChinese();
    const { page, rules } = playground;
    await rules.fill(text);
    await page.waitForTimeout(100);
    expect(await page.locator('.problems li').count()).toBeGreaterThan(0);
    for (const tab of tabs) {
      await playground.choose(tab);
      expect(await englishOn(page), tab).toEqual([]);
    }
  });

  test.each([
    ['nothing', ''],
    ['a broken manifest', 'kind: Pod\nspec: [\n---\nkind: Pod\nmetadata: {a: b: c}\n'],
    ['an object without images', 'apiVersion: v1\nkind: Service\n'],
    ['a template', 'apiVersion: v1\nkind: Pod\nmetadata: {{ .Values.a }}\n'],
    ['what is not an image', 'Not/A:reference\n'],
  ])('with %s', async (_, text) => {
    const playground = await openInChinese();
    const { page, input } = playground;
    await input.fill(text);
    await page.waitForTimeout(100);
    for (const tab of tabs) {
      await playground.choose(tab);
      expect(await englishOn(page), tab).toEqual([]);
    }
  });

  test('in the search panel, completions and explanations, also after a switch', async () => {
    const playground = await open({ locale: 'en-US' });
    const { page, rules, input } = playground;
    await input.fill('');
    await rules.press('Control+f');
    await page.getByLabel('Language').selectOption('zh');
    await page.getByText('每行一个镜像').waitFor();
    await rules.press('Control+f');
    await page.locator('.cm-search').waitFor();
    expect(await englishOn(page), 'search').toEqual([]);
    await page.keyboard.press('Escape');
    await rules.press('Control+Alt+g');
    expect(await englishOn(page), 'go to line').toEqual([]);
    await rules.fill('version: 1\nrules:\n  - from: quay.io\n    ');
    await rules.press('Control+End');
    await rules.press('Control+Space');
    await page.locator('.cm-completionInfo').waitFor();
    expect(await englishOn(page), 'completion').toEqual([]);
    await rules.press('Escape');
    await page.locator('.pane.rules .cm-line', { hasText: 'from' }).getByText('from').hover();
    await page.locator('.hover').waitFor();
    expect(await englishOn(page), 'hover').toEqual([]);
  });
});
