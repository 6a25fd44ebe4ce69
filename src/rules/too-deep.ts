import { Lexer, Parser } from 'yaml';

/**
 * Whether lists and mappings of a YAML text are nested more than `maxDepth` deep. Looked at before the text is read: reading
 * goes as deep as the text, and that may end the process.
 */
export function isTooDeep(text: string, maxDepth: number): boolean {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > maxDepth) return true;
  }
  return false;
}
