import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { chart, one, render, root } from './rig/chart.ts';

/* What a chart says about itself, to people, Helm and Artifact Hub. */

const about = parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8'));
const { annotations, home } = about;

describe('Chart.yaml has', () => {
  test('home, sources and maintainers', () => {
    expect(home).toBe(packageJson.homepage);
    expect(about.sources).toContain(home);
    expect(about.maintainers).toEqual([
      { name: expect.any(String), url: expect.stringMatching(/^https:/) },
    ]);
  });

  test('an icon that is in the repository', () => {
    const [, file = ''] = /\/main\/(.*)$/.exec(about.icon) ?? [];
    expect(readFileSync(join(root, file), 'utf8')).toMatch(/^<svg /);
  });

  test('what Artifact Hub shows: licence, category, links and changes', () => {
    expect(annotations['artifacthub.io/license']).toBe(packageJson.license);
    expect(annotations['artifacthub.io/category']).toBe('networking');
    const isUnstable = packageJson.version.startsWith('0.');
    expect(annotations['artifacthub.io/prerelease']).toBe(String(isUnstable));
    expect(parse(annotations['artifacthub.io/changes'])).toEqual([
      { kind: 'added', description: expect.any(String) },
    ]);
    for (const { url } of parse(annotations['artifacthub.io/links'])) {
      const [, file = ''] = url.split(`${home}/blob/main/`);
      expect(existsSync(join(root, file)), url).toBe(true);
    }
  });
});

describe('the runbook_url of an alert', () => {
  const urlsOf = (monitoring: object): string[] =>
    one(render({ monitoring: { alerts: true, ...monitoring } }), 'PrometheusRule')
      .spec.groups.flatMap(({ rules }: { rules: object[] }) => rules)
      .map((rule: { annotations: { runbook_url: string } }) => rule.annotations.runbook_url);

  test('is the chapter of the runbook of this version, with its host', () => {
    const runbook = `${home}/blob/v${packageJson.version}/docs/runbook.md#detour`;
    for (const url of urlsOf({})) expect(url.startsWith(runbook), url).toBe(true);
  });

  test('is in your own runbook if a value names that', () => {
    const runbookUrl = 'https://wiki.example/detour/';
    for (const url of urlsOf({ runbookUrl }))
      expect(url).toMatch(/^https:\/\/wiki.example\/detour\/detour/);
  });
});
