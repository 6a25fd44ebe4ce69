import { syntaxTree } from '@codemirror/language';
import type { EditorState, Line, Text } from '@codemirror/state';
import type { ConsideredRule } from '../../src/decision/explain.ts';
import type { Mark } from './marks.ts';
import { offsetOf } from './show-diagnostics.ts';

/**
 * Marks the rules that decided, and those that matched and did not, where they are in the rules
 * file.
 */
export function ruleMarks(state: EditorState, considered: readonly ConsideredRule[]): Mark[] {
  return considered.flatMap(({ rule, verdict, layer }) => {
    if (layer === 'namespace' || rule.line > state.doc.lines) return [];
    const at = offsetOf(state.doc, rule);
    // A rule that passes an image on has rewritten it before that.
    const isDecided = verdict === 'decided' || verdict === 'passed-on';
    const whole = entryAround(state, at);
    const token = /^["']?[^\s,\]}"']*["']?/.exec(state.doc.sliceString(at, at + 300))?.[0] ?? '';
    const entry: Mark = {
      ...whole,
      className: isDecided ? 'rule-decided' : 'rule-lost',
      isLine: true,
    };
    if (!isDecided || token === '') return [entry];
    return [entry, { from: at, to: at + token.length, className: 'from-decided' }];
  });
}

/** How long the entry of a rule usually is at most, in characters. */
const maxEntry = 2_000;

/**
 * Returns the range of the item of the list of rules that contains a position; `from` may be a list
 * itself. The parser reads a long file in the background; before it reaches the position, the
 * dashes of the list are used instead.
 */
function entryAround(state: EditorState, at: number): { from: number; to: number } {
  const tree = syntaxTree(state);
  if (tree.length < Math.min(at + maxEntry, state.doc.length)) return entryByDash(state.doc, at);
  let found = { from: at, to: at };
  for (let node = tree.resolveInner(at, 1); node.parent !== null; node = node.parent) {
    if (node.name === 'Item') found = { from: node.from, to: node.to };
  }
  return found;
}

/** Returns the lines of the outermost list item around a position. */
function entryByDash(doc: Text, at: number): { from: number; to: number } {
  const indentOf = (line: Line) => line.text.search(/[^ ]/);
  let first = doc.lineAt(at);
  let indent = indentOf(first);
  for (let number = first.number - 1; number > 0 && indent > 0; number--) {
    const line = doc.line(number);
    const column = indentOf(line);
    if (column === -1 || column >= indent || line.text[column] === '#') continue;
    indent = column;
    if (line.text[column] === '-') first = line;
  }
  const column = indentOf(first);
  let last = first;
  for (let number = first.number + 1; number <= doc.lines; number++) {
    const line = doc.line(number);
    if (indentOf(line) === -1) continue;
    if (indentOf(line) <= column) break;
    last = line;
  }
  return { from: first.from + column, to: last.to };
}
