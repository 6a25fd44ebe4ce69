import { Lexer, Parser } from 'yaml';

/** Whether lists and mappings are nested deeper than that. Looked at before a text is read: reading goes as deep as the text, and that may end the process. */
export function isNestedDeeper(text: string, depth: number): boolean {
  // Nearly every text: to read it twice is most of what it costs.
  if (mostNesting(text) <= depth) return false;
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > depth) return true;
  }
  return false;
}

/** The document, and a scalar within all. */
const around = 2;

/**
 * No text is nested deeper: brackets open one level each, wherever they are; of block collections a column has at most a
 * mapping and the list in it, and further ones a line opens by indicators (YAML 1.2.2, 8.2).
 */
export function mostNesting(text: string): number {
  let brackets = 0;
  let deepest = 0;
  for (const line of text.split('\n')) {
    brackets += count(line, /[[{]/g);
    const column = line.search(/[^ \t\r]|$/);
    deepest = Math.max(deepest, 2 * (column + 1) + count(line, /[-?:](?=\s|$)/g));
  }
  return brackets + deepest + around;
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}
