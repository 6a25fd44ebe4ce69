import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

/** The page's own colours, which follow the theme by themselves. */
const theme = EditorView.theme({
  // Tooltips have the theme, too, and lie beside the page.
  '&.cm-editor': { height: '100%', fontSize: 'var(--text-s)', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: 'var(--line-code)' },
  '.cm-content': { padding: 'var(--space-2) 0', caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': {
    // Text that is scrolled sideways goes under it.
    backgroundColor: 'var(--surface)',
    color: 'var(--ink-3)',
    border: 'none',
    paddingLeft: 'var(--space-1)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    {
      backgroundColor: 'var(--selection)',
    },
  '.cm-matchingBracket': { backgroundColor: 'var(--selection)', outline: 'none' },
  '.cm-tooltip': {
    backgroundColor: 'var(--raised)',
    color: 'var(--ink)',
    border: '1px solid var(--edge-strong)',
    borderRadius: 'var(--radius)',
    boxShadow: 'var(--shadow)',
    fontFamily: 'var(--sans)',
    fontSize: 'var(--text-s)',
    maxWidth: 'min(32rem, 90vw)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '15rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: 'var(--space-1) var(--space-2)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent-soft)',
    color: 'var(--ink)',
  },
  '.cm-completionInfo': { padding: 'var(--space-2) var(--space-3)', fontFamily: 'var(--sans)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
  '.cm-diagnostic': { padding: 'var(--space-2) var(--space-3)', borderLeftWidth: '3px' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--deny)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.cm-diagnostic-info': { borderLeftColor: 'var(--ink-3)' },
  '.cm-diagnosticAction': {
    backgroundColor: 'var(--accent)',
    color: 'var(--on-accent)',
    borderRadius: 'var(--radius)',
    padding: 'var(--space-1) var(--space-2)',
    margin: '0 0 0 var(--space-2)',
  },
  '.cm-lintRange-error': { textDecoration: 'underline wavy var(--deny)', backgroundImage: 'none' },
  '.cm-lintRange-warning': {
    textDecoration: 'underline wavy var(--warn)',
    backgroundImage: 'none',
  },
  '.cm-lintRange-info': {
    textDecoration: 'underline dotted var(--ink-3)',
    backgroundImage: 'none',
  },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--ink)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--edge)' },
  '.cm-panel.cm-search': { padding: 'var(--space-2)', paddingRight: 'var(--space-8)' },
  '.cm-panel.cm-search > *': { verticalAlign: 'middle' },
  '.cm-panel.cm-search label': {
    display: 'inline-flex',
    alignItems: 'center',
    gap: 'var(--space-1)',
    fontSize: 'var(--text-s)',
    color: 'var(--ink-2)',
  },
  '.cm-panel.cm-search input[type=checkbox]': { minHeight: '0', margin: '0' },
  '.cm-textfield, .cm-button, .cm-panel button[name=close]': {
    backgroundColor: 'var(--surface)',
    backgroundImage: 'none',
    border: '1px solid var(--edge-strong)',
    borderRadius: 'var(--radius)',
    color: 'var(--ink)',
    fontSize: 'var(--text-s)',
  },
  '.cm-button:active': { backgroundColor: 'var(--sunken)', backgroundImage: 'none' },
  '.cm-panel.cm-search [name=close]': { border: 'none', background: 'none', padding: '0 8px' },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-soft)', outline: '1px solid var(--warn)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--selection)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--accent-soft)' },
  '.cm-nonmatchingBracket': { backgroundColor: 'var(--deny-soft)' },
  '.cm-specialChar': { color: 'var(--deny)' },
  '.cm-snippetField': { backgroundColor: 'var(--accent-soft)' },
  '.cm-placeholder': { color: 'var(--ink-3)' },
});

const highlighting = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: 'var(--code-key)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-text)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--ink-3)', fontStyle: 'italic' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--code-atom)' },
  {
    tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace],
    color: 'var(--ink-2)',
  },
]);

/** Colours editors with the variables of style/tokens.css, which have a light and a dark form. */
export const editorTheme: Extension = [theme, syntaxHighlighting(highlighting)];
