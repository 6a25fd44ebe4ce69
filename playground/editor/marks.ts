import { type EditorState, type Extension, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';

/** Mark is a part of a text that is shown to mean something. */
export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly className: string;
  /** Of the lines it is on, not of its characters. */
  readonly isLine?: boolean;
}

const setMarks = StateEffect.define<readonly Mark[]>();

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, { changes, effects }) {
    const set = effects.find((effect) => effect.is(setMarks));
    return set === undefined ? before.map(changes) : Decoration.set(toRanges(set.value), true);
  },
  provide: (of) => EditorView.decorations.from(of),
});

/** Lets an editor show marks. */
export const marks: Extension = field;

/** Returns the effects that show marks in place of those before; none if there are none to change. */
export function marksEffects(
  state: EditorState,
  all: readonly Mark[],
): readonly StateEffect<unknown>[] {
  if (all.length === 0 && state.field(field).size === 0) return [];
  const { length } = state.doc;
  const fitting = all.filter(({ from, to }) => from <= to && to <= length);
  const ranges = fitting.flatMap((mark) => (mark.isLine ? linesOf(state, mark) : [mark]));
  return [setMarks.of(ranges)];
}

function linesOf({ doc }: EditorState, { from, to, className }: Mark): Mark[] {
  const [first, last] = [doc.lineAt(from).number, doc.lineAt(to).number];
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const start = doc.line(first + index).from;
    return { from: start, to: start, className, isLine: true };
  });
}

function toRanges(all: readonly Mark[]) {
  return all.map(({ from, to, className, isLine }) =>
    isLine
      ? Decoration.line({ class: className }).range(from)
      : Decoration.mark({ class: className }).range(from, to),
  );
}
