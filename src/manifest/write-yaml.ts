import { findHidden } from '../rules/hidden-characters.ts';
import { isMapping } from '../rules/is-mapping.ts';
import { quoted } from './quoted.ts';

/** YamlForm says how some of the YAML looks; its content does not depend on that. */
export interface YamlForm {
  /** Whether texts under a key are expressions, which are easier to read as blocks. */
  isExpression?(key: string): boolean;
  /** What stands above a mapping of a list. */
  about?(mapping: object): string | undefined;
}

/**
 * Writes objects as YAML that every reader reads alike: those of YAML 1.1 (Go's, Python's) and of
 * 1.2. A text is written without quotes only if none of them takes it for anything else, as a block
 * only if none of them sees another line in it, and otherwise as JSON.
 */
export function writeYaml(objects: readonly object[], form: YamlForm = {}): string {
  const writer = new Writer(form);
  return objects.map((each) => writer.entries(each, '')).join('---\n');
}

class Writer {
  readonly #form: YamlForm;

  constructor(form: YamlForm) {
    this.#form = form;
  }

  entries(mapping: object, indent: string): string {
    const entries = Object.entries(mapping).filter(([, value]) => value !== undefined);
    return entries
      .map(([key, value]) => indent + this.#key(key, indent) + this.#value(value, indent, key))
      .join('');
  }

  /**
   * Readers look for the colon of a key within 1,024 characters, unless it begins with a question
   * mark.
   */
  #key(key: string, indent: string): string {
    const written = scalar(key);
    return written.length < 1_000 ? `${written}:` : `? ${written}\n${indent}:`;
  }

  #value(value: unknown, indent: string, key: string): string {
    if (typeof value === 'object' && value !== null) {
      if (Object.keys(value).length === 0) return Array.isArray(value) ? ' []\n' : ' {}\n';
      const inner = `${indent}  `;
      return `\n${Array.isArray(value) ? this.#items(value, inner) : this.entries(value, inner)}`;
    }
    const isBlock = typeof value === 'string' && (this.#form.isExpression?.(key) ?? false);
    return isBlock && fitsBlock(value) ? block(value, indent) : ` ${scalar(value)}\n`;
  }

  #items(list: readonly unknown[], indent: string): string {
    return list.map((item) => this.#item(item, indent)).join('');
  }

  #item(item: unknown, indent: string): string {
    if (!isMapping(item) || Object.keys(item).length === 0)
      return `${indent}-${this.#value(item, indent, '')}`;
    const about = this.#form.about?.(item);
    const comment = about === undefined ? '' : `${indent}# ${about}\n`;
    return `${comment}${indent}- ${this.entries(item, `${indent}  `).slice(indent.length + 2)}`;
  }
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return isPlain(value) ? value : quoted(value);
}

/** Words that some reader takes for a truth value, a number or nothing. */
const otherwise = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;
/**
 * What begins with a digit is a number or a time to some readers, unless it has a letter or sign
 * that none of those has.
 */
const notNumber = /^\D|[g-np-su-wyG-NP-SU-WY/]/;

/**
 * Reports whether every reader takes the characters as they are for a text. A colon ends a key only
 * before a space.
 */
function isPlain(text: string): boolean {
  return (
    /^[\w/^$(\\][\w./@:*^$()[\]{}|?+\\-]*$/.test(text) &&
    !text.endsWith(':') &&
    !otherwise.test(text) &&
    notNumber.test(text)
  );
}

function fitsBlock(text: string): boolean {
  return (
    /^\S/.test(text) &&
    !/[ \n]$|[ ]\n/.test(text) &&
    findHidden(text.replaceAll('\n', '')) === undefined
  );
}

function block(text: string, indent: string): string {
  const lines = text.split('\n').map((line) => (line === '' ? '' : `${indent}  ${line}`));
  return ` |-\n${lines.join('\n')}\n`;
}
