import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

/* Pages that exist in English and Chinese have the same structure, commands and links. */

const pairs = ['.', 'docs', 'webhook']
  .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
  .filter((file) => file.endsWith('.zh-CN.md'))
  .map((chinese) => [chinese.replace('.zh-CN', ''), chinese] as const);

const read = (file: string) => readFileSync(file, 'utf8');

test('the main guides exist in both languages', () => {
  const english = pairs.map(([file]) => file);
  expect(english).toEqual(expect.arrayContaining(['README.md', 'docs/rules.md', 'docs/sync.md']));
});

describe.each(pairs)('%s and %s', (english, chinese) => {
  test('link to each other at the top', () => {
    expect(read(english).split('\n')[2]).toMatch(new RegExp(`^\\[中文\\]\\(${nameOf(chinese)}\\)`));
    expect(read(chinese).split('\n')[2]).toMatch(
      new RegExp(`^\\[English\\]\\(${nameOf(english)}\\)`),
    );
  });

  test('have the same headings, tables, list items and places of blocks', () => {
    expect(outlineOf(chinese)).toEqual(outlineOf(english));
  });

  test('have the same blocks, except for comments', () => {
    expect(blocksOf(chinese)).toEqual(blocksOf(english));
  });

  test.each([english, chinese])('the links of %s lead to a file and a heading', (file) => {
    const broken = linksOf(file).filter(
      ({ target, heading }) => !existsSync(target) || heading < 0,
    );
    expect(broken).toEqual([]);
  });

  test('have the same links, the Chinese page to Chinese pages if they exist', () => {
    const other = [english, chinese];
    const links = (file: string, inLanguage: (target: string) => string) =>
      linksOf(file)
        .filter(({ target, heading }) => !other.includes(target) || heading !== 0)
        .map(({ target, heading }) => `${inLanguage(target)}, heading ${heading}`)
        .sort();
    expect(links(chinese, (target) => target)).toEqual(links(english, inChinese));
  });
});

function nameOf(file: string): string {
  return file.replace(/^.*\//, '').replaceAll('.', '\\.');
}

/** Returns the Chinese page or picture for an English one if it exists, otherwise the same file. */
function inChinese(file: string): string {
  const page = pairs.find(([english]) => english === file)?.[1];
  const picture = file.replace(/-(?=(?:light|dark)\.)/, '.zh-');
  return page ?? (existsSync(picture) ? picture : file);
}

/** Splits a page into its prose and its blocks: the odd items are blocks. */
function partsOf(file: string): string[] {
  return read(file).split(/^ *```(.*?)^ *```$/gms);
}

/** Returns the blocks of a page, each with its language in the first line, without comments. */
function blocksOf(file: string): string[] {
  return partsOf(file)
    .filter((_, index) => index % 2 === 1)
    .map((block) => block.replaceAll(/(?<=^|\s)\s*# .*/gm, ''));
}

/**
 * Lists the level of each heading, the marker of each list item, the columns of each row, pictures
 * and lines that begin in bold.
 */
function outlineOf(file: string): string[] {
  return partsOf(file).flatMap((part, index) =>
    index % 2 === 1
      ? ['block']
      : part.split('\n').flatMap((line) => {
          if (line.startsWith('|')) return `${line.split(/(?<!\\)\|/).length - 2} columns`;
          return /^(?:(?:#+|\s*(?:-|\d+\.))(?= )|<picture>|\*\*)/.exec(line)?.[0] ?? [];
        }),
  );
}

interface Link {
  readonly link: string;
  readonly target: string;
  /** The number of the heading in the target, 0 without an anchor, -1 if it does not exist. */
  readonly heading: number;
}

/** Lists the links of a page to files of the repository. */
function linksOf(file: string): Link[] {
  const prose = partsOf(file).filter((_, index) => index % 2 === 0);
  const links = /(?:\]\(|src(?:set)?=")(?!https?:)([^)"#]*)(?:#([^)"]*))?[)"]/g;
  return [...prose.join('').matchAll(links)].map(([link, path = '', anchor]) => {
    const target = path === '' ? file : join(dirname(file), path);
    const heading = anchor === undefined ? 0 : anchorsOf(target).indexOf(anchor) + 1 || -1;
    return { link, target, heading };
  });
}

/** Returns the anchors that GitHub makes of the headings of a page. */
function anchorsOf(file: string): string[] {
  if (!file.endsWith('.md') || !existsSync(file)) return [];
  return partsOf(file)
    .filter((_, index) => index % 2 === 0)
    .flatMap((part) => part.match(/^#+ .*$/gm) ?? [])
    .map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
}
