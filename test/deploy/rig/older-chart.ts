import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from './chart.ts';

/** Makes a copy of the chart whose defaults are this text, and returns its folder. */
export function chartWithValues(folder: string, text: string): string {
  const copy = join(mkdtempSync(join(folder, 'chart-')), 'image-detour');
  cpSync(chart, copy, { recursive: true });
  writeFileSync(join(copy, 'values.yaml'), text);
  return copy;
}

/**
 * Makes a chart of the same name that knows only some of the values: an older version, as far as an
 * upgrade sees it. It installs one ConfigMap. Returns its folder.
 */
export function olderChart(folder: string, values: string): string {
  const copy = chartWithValues(folder, values);
  rmSync(join(copy, 'values.schema.json'));
  rmSync(join(copy, 'templates'), { recursive: true });
  mkdirSync(join(copy, 'templates'));
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'older' } };
  writeFileSync(join(copy, 'templates/older.yaml'), JSON.stringify(object));
  return copy;
}
