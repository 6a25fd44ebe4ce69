import { Lexer, type Parser } from 'yaml';

/** The lexer announces with this that the text of a plain or a block scalar follows. */
const scalarFollows = '\x1f';
/** Begin and end of a mode of the lexer: these two are not in the text. */
const modes: ReadonlySet<string> = new Set(['\x02', '\x18']);

/**
 * Yields what the lexer cuts a text into, without blank lines and lines of nothing but a comment.
 * They mean nothing, and the parser keeps them in lists that it searches again and again: its time
 * would grow with their square. The offset of `parser` is moved over what is left out, so that
 * positions are those of the text.
 */
export function* lexemesOf(text: string, parser: Parser): Generator<string> {
  const line = new LineStart(parser);
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (!isScalar && line.takes(lexeme)) continue;
    yield* line.release();
    yield lexeme;
    // A block scalar ends with its last line; a plain one goes on to the end of its own.
    if (isScalar) line.isReached = lexeme.endsWith('\n');
    else if (!modes.has(lexeme)) line.isReached = isNewline(lexeme);
    isScalar = !isScalar && lexeme === scalarFollows;
  }
  yield* line.release();
}

/** The beginning of a line, up to the first thing on it that means something. */
class LineStart {
  isReached = true;
  readonly #parser: Parser;
  /** Spaces, until it is clear whether something follows them. */
  #held: string[] = [];

  constructor(parser: Parser) {
    this.#parser = parser;
  }

  /** Reports whether a lexeme is kept back, or left out together with the spaces before it. */
  takes(lexeme: string): boolean {
    if (!this.isReached) return false;
    const kind = lexeme[0];
    if (kind === ' ' || kind === '\t') {
      this.#held.push(lexeme);
      return true;
    }
    if (kind !== '#' && !isNewline(lexeme)) return false;
    for (const left of [...this.release(), lexeme]) this.#parser.offset += left.length;
    return true;
  }

  release(): readonly string[] {
    const held = this.#held;
    if (held.length > 0) this.#held = [];
    return held;
  }
}

function isNewline(lexeme: string): boolean {
  return lexeme === '\n' || lexeme === '\r\n';
}
