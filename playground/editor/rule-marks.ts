import { syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { ConsideredRule } from '../../src/decision/explain.ts';
import type { Mark } from './marks.ts';
import { offsetOf } from './show-diagnostics.ts';

/**
 * Marks the rule that decided, and those that matched and did not, where they are in the rules
 * file.
 */
export function ruleMarks(state: EditorState, considered: readonly ConsideredRule[]): Mark[] {
  return considered.flatMap(({ rule, verdict, layer }) => {
    if (layer === 'namespace' || rule.line > state.doc.lines) return [];
    const at = offsetOf(state.doc, rule);
    const isDecided = verdict === 'decided';
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

/**
 * Returns the range of the item of the list of rules that contains a position; `from` may be a list
 * itself.
 */
function entryAround(state: EditorState, at: number): { from: number; to: number } {
  let found = { from: at, to: at };
  for (let node = syntaxTree(state).resolveInner(at, 1); node.parent !== null; node = node.parent) {
    if (node.name === 'Item') found = { from: node.from, to: node.to };
  }
  return found;
}
