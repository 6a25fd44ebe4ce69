import type { EditorState } from '@codemirror/state';
import type { Expectation } from '../../src/decision/expectations.ts';
import type { Mark } from './marks.ts';
import { offsetOf } from './show-diagnostics.ts';

/** Marks each line of the rules file that has expectations: unmet if one of them is. */
export function expectationMarks(state: EditorState, expectations: readonly Expectation[]): Mark[] {
  const byLine = new Map<number, Mark>();
  for (const expectation of expectations) {
    const { line, isMet } = expectation;
    if (isMet && byLine.has(line)) continue;
    const at = offsetOf(state.doc, expectation);
    const className = isMet ? 'expectation-met' : 'expectation-unmet';
    byLine.set(line, { from: at, to: at, className, isLine: true });
  }
  return [...byLine.values()];
}
