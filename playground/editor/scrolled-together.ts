import type { EditorView } from '@codemirror/view';

/**
 * ScrolledTogether holds editors of texts with the same lines, which may be wrapped differently:
 * the same line is on top of each.
 */
export class ScrolledTogether {
  readonly #views = new Set<EditorView>();
  /** Where each was put by another: that it gets there is no reason to move the others. */
  readonly #put = new WeakMap<EditorView, number>();

  add(view: EditorView): void {
    this.#views.add(view);
    view.scrollDOM.onscroll = () => this.#follow(view);
  }

  #follow(view: EditorView): void {
    const { scrollTop } = view.scrollDOM;
    if (this.#put.get(view) === scrollTop) return;
    this.#put.delete(view);
    const top = view.lineBlockAtHeight(scrollTop);
    const line = view.state.doc.lineAt(top.from).number;
    const passed = (scrollTop - top.top) / top.height;
    for (const other of this.#views) {
      if (other === view || !other.dom.isConnected || line > other.state.doc.lines) continue;
      const block = other.lineBlockAt(other.state.doc.line(line).from);
      other.scrollDOM.scrollTop = block.top + passed * block.height;
      this.#put.set(other, other.scrollDOM.scrollTop);
    }
  }
}
