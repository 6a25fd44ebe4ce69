import { readFileSync } from 'node:fs';

/** Returns the blocks of a Markdown file in one language, without the indentation of a list. */
export function codeBlocks(file: string, language: string): string[] {
  const found = readFileSync(file, 'utf8').matchAll(/^( *)```(\w+)\n(.*?)^ *```/gms);
  return [...found]
    .filter(([, , of]) => of === language)
    .map(([, indentation = '', , body = '']) =>
      body.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
    );
}
