import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionSource,
} from '@codemirror/autocomplete';
import { yaml } from '@codemirror/lang-yaml';
import type { Extension } from '@codemirror/state';
import { type EditorView, hoverTooltip } from '@codemirror/view';
import type { Path } from '../../src/rules/diagnostic.ts';
import { descriptionAt, knownKeys, schemasAt } from '../../src/rules/known-keys.ts';
import { language } from '../messages/messages.ts';
import { schemaZh } from '../messages/schema-zh.ts';
import { keysAround, pathAt } from './schema-path.ts';

/**
 * Returns YAML with the keys and values of a rules file: completed, and explained where the pointer
 * rests.
 */
export function rulesLanguage(): Extension {
  return [yaml(), autocompletion({ override: [complete], icons: false }), hoverTooltip(explain)];
}

function descriptionOf(path: Path): string | undefined {
  const isRegistry = (index: number) => index === 1 && path[0] === 'registries';
  const key = path
    .map((part, index) => (part === 0 ? '[]' : isRegistry(index) ? '*' : part))
    .join('.');
  const zh = language.value === 'zh' ? schemaZh[key] : undefined;
  return zh ?? descriptionAt(path);
}

/** What is written most often, where the schema takes any text. */
const usual: Readonly<Record<string, readonly string[]>> = {
  from: [
    'docker.io',
    'registry.k8s.io',
    'k8s.gcr.io',
    'quay.io',
    'ghcr.io',
    'gcr.io',
    'mcr.microsoft.com',
    'public.ecr.aws',
    'nvcr.io',
    'docker.elastic.co',
    '"*.gcr.io"',
    '"*"',
  ],
  to: ['${mirror}/', '${mirror}/${registry}'],
  bypass: ['direct.internal', 'direct.to', 'false'],
};

const complete: CompletionSource = (context) => {
  const { state, pos, explicit } = context;
  const { path, ofKey } = pathAt(state.doc.sliceString(0, pos), pos);
  const from = context.matchBefore(/["\w$*{}./-]+/)?.from ?? pos;
  if (!explicit && from === pos && ofKey === undefined) return null;
  const variable = ofKey === 'to' ? context.matchBefore(/\$\{?\w*/) : null;
  if (variable !== null && variable.from > from)
    return furtherVariable(context, variable.from, from);
  const text = state.doc.toString();
  const options =
    ofKey === undefined ? keysAt(path, keysAround(text, pos)) : valuesOf([...path, ofKey], ofKey);
  return options.length === 0 ? null : { from, options, validFor: /^["\w$*{}./-]*$/ };
};

/** Completes a variable after the first one of a value: the one that is not there yet. */
function furtherVariable({ state, pos }: CompletionContext, from: number, start: number) {
  const before = state.doc.sliceString(start, from);
  const names = ['${mirror}', '${registry}'].filter((name) => !before.includes(name));
  return names.length === 0 || pos < from
    ? null
    : { from, options: asCompletions(names), validFor: /^\$\{?\w*$/ };
}

function keysAt(path: Path, present: ReadonlySet<string>): Completion[] {
  // An item of a list of texts, such as that of `from`.
  if (path.at(-1) === 0 && path.at(-2) === 'from') return asCompletions(usual.from ?? []);
  return knownKeys(path)
    .filter((key) => key !== '$schema' && !present.has(key))
    .map((key, index) => {
      const info = descriptionOf([...path, key]);
      // In the order of the schema, which is that in which they are written.
      const boost = -index;
      return { label: key, apply: `${key}: `, type: 'property', boost, ...(info && { info }) };
    });
}

function valuesOf(path: Path, key: string): Completion[] {
  const values = schemasAt(path).flatMap(({ type, options = [], literal }) => {
    if (type === 'boolean') return ['true', 'false'];
    return (type === 'literal' ? [literal] : options).map(String);
  });
  return asCompletions([...new Set([...values, ...(usual[key] ?? [])])]);
}

function asCompletions(labels: readonly string[]): Completion[] {
  return labels.map((label, index) => ({
    label,
    type: 'constant',
    boost: -index,
    ...(label.includes('${') && { apply: insertVariable }),
  }));
}

/** Inserts a text with a variable over the brace that the editor has closed by itself. */
function insertVariable(view: EditorView, { label }: Completion, from: number, to: number): void {
  const end = view.state.doc.sliceString(to, to + 1) === '}' ? to + 1 : to;
  const changes = { from, to: end, insert: label };
  view.dispatch({
    changes,
    selection: { anchor: from + label.length },
    userEvent: 'input.complete',
  });
}

const explain: Parameters<typeof hoverTooltip>[0] = (view, offset) => {
  const line = view.state.doc.lineAt(offset);
  const keys = line.text.matchAll(/([\w$]+)["']?:(?=\s|$)/g);
  for (const { 1: key = '', index } of keys) {
    const from = line.from + index;
    const to = from + key.length;
    if (offset < from || offset > to) continue;
    const { path } = pathAt(view.state.doc.sliceString(0, from), from);
    const description = descriptionOf([...path, key]);
    if (description === undefined) return null;
    return {
      pos: from,
      end: to,
      above: true,
      create: () => ({ dom: tooltip(key, description) }),
    };
  }
  return null;
};

function tooltip(key: string, description: string): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'hover';
  const name = dom.appendChild(document.createElement('code'));
  name.textContent = key;
  dom.append(` ${description}`);
  return dom;
}
