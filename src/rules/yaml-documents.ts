import { Composer, type CST, type Document, Parser, type YAMLError } from 'yaml';
import { findNotText } from './not-text.ts';
import { lexemesOf } from './yaml-lexemes.ts';

/**
 * YamlLimits says what a text may cost: work and memory grow with what is counted here, and with
 * nothing else.
 */
export interface YamlLimits {
  /** Characters of the text. */
  readonly length: number;
  /**
   * Pieces that the lexer cuts one document into. Each takes some 200 bytes until the document is
   * read.
   */
  readonly lexemes: number;
  /**
   * Keys, items and brackets of one document. Each takes up to a kilobyte and some 10 µs, however
   * short it is: the library makes several objects of it, also where nothing is written.
   */
  readonly entries: number;
  /** Characters of one piece: a value, or the white space before one. */
  readonly lexeme: number;
  /**
   * Lists and mappings within each other. Reading goes as deep as the text, and that could end the
   * process.
   */
  readonly depth: number;
  /**
   * Anchors, aliases, tags and directives of one document. What they cost grows with the square of
   * their number.
   */
  readonly properties: number;
  /** Values that aliases of one document stand for: a short text can repeat without end. */
  readonly repeated: number;
  readonly documents: number;
  /**
   * Mistakes of syntax in all documents: one missing bracket can make a mistake of every word after
   * it.
   */
  readonly mistakes: number;
}

/**
 * The signs that a key, an item or a list or mapping begins or ends with: no value is in a list or
 * mapping without one.
 */
const entrySigns: ReadonlySet<string> = new Set(['-', '?', ':', ',', '[', '{']);

/** Excess is why a text is not read to its end. */
export interface Excess {
  readonly offset: number;
  readonly code: 'too-large' | 'not-text' | 'yaml-syntax';
  readonly message: string;
  readonly expected: string;
}

/** YamlReader reads YAML documents one after the other, within limits. */
export class YamlReader {
  /** What ended the reading before the text did. */
  excess: Excess | undefined;
  /** The mistakes of the document that could not be read to its end. */
  mistakes: readonly YAMLError[] = [];
  readonly #limits: YamlLimits;
  #mistakeCount = 0;
  #lexemeCount = 0;
  #entryCount = 0;
  #propertyCount = 0;
  #documentCount = 0;

  constructor(limits: YamlLimits) {
    this.#limits = limits;
  }

  /**
   * Yields each document of `text`, with all keys as texts. Finding keys that appear twice is left
   * to the caller.
   */
  *read(text: string): Generator<Document> {
    const composer = new Composer({
      schema: 'core',
      stringKeys: true,
      // A search through all keys for each key, and tags whose work grows with the square of the
      // text.
      uniqueKeys: false,
      resolveKnownTags: false,
    });
    this.#limitMistakes(composer);
    try {
      for (const token of this.#tokens(text)) {
        if (token.type === 'error') this.#countMistake(token.offset);
        yield* composer.next(token);
      }
      // A text that may hold one document holds one, an empty one too.
      yield* composer.end(this.#limits.documents === 1, text.length);
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      this.mistakes = composer.streamInfo().errors;
    }
  }

  *#tokens(text: string): Generator<CST.Token> {
    const { length, depth } = this.#limits;
    if (text.length > length)
      this.#stop(0, `the text has ${text.length} characters`, `at most ${length}`);
    const notText = findNotText(text);
    if (notText !== undefined)
      this.#stop(notText.offset, notText.message, 'YAML or JSON in UTF-8', 'not-text');
    const parser = new Parser();
    for (const lexeme of lexemesOf(text, parser)) {
      this.#countLexeme(lexeme, parser.offset);
      for (const token of parser.next(lexeme)) {
        if (token.type === 'document') this.#countDocument(token.offset);
        yield token;
      }
      if (parser.stack.length > depth) {
        const message = `lists and mappings are nested more than ${depth} deep`;
        this.#stop(parser.offset, message, 'fewer levels');
      }
    }
    for (const token of parser.end()) {
      if (token.type === 'document') this.#countDocument(token.offset);
      yield token;
    }
  }

  #countLexeme(lexeme: string, offset: number): void {
    const { lexemes, entries, lexeme: longest, properties } = this.#limits;
    if (++this.#lexemeCount > lexemes)
      this.#stop(offset, `the text has more than ${lexemes} tokens`, 'a shorter text');
    if (entrySigns.has(lexeme) && ++this.#entryCount > entries)
      this.#stop(
        offset,
        `the text has more than ${entries} keys, items and brackets`,
        'a shorter text',
      );
    if (lexeme.length > longest) {
      const message = `a value, or the white space before it, has ${lexeme.length} characters`;
      this.#stop(offset, message, `at most ${longest}`);
    }
    if ('&*!%'.includes(lexeme[0] ?? ' ') && ++this.#propertyCount > properties) {
      const message = `there are more than ${properties} anchors, aliases and tags`;
      this.#stop(offset, message, 'fewer');
    }
  }

  #countDocument(offset: number): void {
    const { documents } = this.#limits;
    this.#lexemeCount = 0;
    this.#entryCount = 0;
    this.#propertyCount = 0;
    if (++this.#documentCount <= documents) return;
    if (documents === 1)
      this.#stop(
        offset,
        'a second document begins here',
        'one document, without ---',
        'yaml-syntax',
      );
    this.#stop(offset, `there are more than ${documents} documents`, 'fewer');
  }

  #countMistake(offset: number): void {
    const { mistakes } = this.#limits;
    if (++this.#mistakeCount <= mistakes) return;
    const message = `there are more than ${mistakes} syntax errors: the rest was not read`;
    this.#stop(offset, message, 'YAML or JSON', 'yaml-syntax');
  }

  /**
   * Counts mistakes as they are made: the library collects them without end, and each holds a stack
   * of calls.
   */
  #limitMistakes(composer: Composer): void {
    const { onError } = composer as unknown as { onError: ReportMistake };
    const report: ReportMistake = (source, ...mistake) => {
      this.#countMistake(startOf(source));
      onError(source, ...mistake);
    };
    Object.assign(composer, { onError: report });
  }

  /**
   * Ends the reading. The first reason counts: the library catches this once for each list and
   * mapping around, and reports it again.
   */
  #stop(offset: number, message: string, expected: string, code: Excess['code'] = 'too-large') {
    this.excess ??= { offset, code, message, expected };
    throw new Stopped();
  }
}

/** Ends the reading of a text; never leaves YamlReader. */
class Stopped extends Error {}

type MistakeSource = number | readonly number[] | { readonly offset: number };
type ReportMistake = (source: MistakeSource, ...mistake: unknown[]) => void;

function startOf(source: MistakeSource): number {
  if (typeof source === 'number') return source;
  return 'offset' in source ? source.offset : (source[0] ?? 0);
}
