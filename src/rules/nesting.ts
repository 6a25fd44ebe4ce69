import { Lexer, Parser } from 'yaml';

/** Whether lists and mappings are nested deeper than that. Looked at before a text is read: reading goes as deep as the text, and that may end the process. */
export function isNestedDeeper(text: string, depth: number): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > depth) return true;
  }
  return false;
}
