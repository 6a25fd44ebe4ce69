import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Returns the arguments that make the program read these rules; none for the embedded ones. */
export function rulesArguments(rules: string | undefined): string[] {
  if (rules === undefined) return [];
  const file = join(mkdtempSync(join(tmpdir(), 'detour-attack-')), 'rules.yaml');
  writeFileSync(file, rules);
  return ['--rules', file];
}
