import { autocompletion, type Completion, type CompletionSource } from '@codemirror/autocomplete';
import { yaml } from '@codemirror/lang-yaml';
import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import schema from '../../schema/detour.schema.json' with { type: 'json' };
import { language } from '../messages/messages.ts';
import { schemaZh } from '../messages/schema-zh.ts';
import { pathAt } from './schema-path.ts';

/** The parts of JSON Schema that the schema of rules files uses. */
interface SchemaNode {
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

type Path = readonly (string | number)[];

/**
 * Returns YAML with the keys and values of a rules file: completed, and explained where the pointer
 * rests.
 */
export function rulesLanguage(): Extension {
  return [yaml(), autocompletion({ override: [complete], icons: false }), hoverTooltip(explain)];
}

function nodesAt(path: Path): SchemaNode[] {
  let nodes: SchemaNode[] = [schema as SchemaNode];
  for (const part of path) {
    nodes = nodes
      .flatMap((node) => [node, ...(node.anyOf ?? [])])
      .flatMap((node) => (typeof part === 'number' ? node.items : node.properties?.[part]) ?? []);
  }
  return nodes.flatMap((node) => [node, ...(node.anyOf ?? [])]);
}

function descriptionOf(path: Path): string | undefined {
  const key = path.map((part) => (part === 0 ? '[]' : part)).join('.');
  const zh = language.value === 'zh' ? schemaZh[key] : undefined;
  return zh ?? nodesAt(path)[0]?.description;
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
  const options = ofKey === undefined ? keysAt(path) : valuesOf([...path, ofKey], ofKey);
  return options.length === 0 ? null : { from, options, validFor: /^["\w$*{}./-]*$/ };
};

function keysAt(path: Path): Completion[] {
  // An item of a list of texts, such as that of `from`.
  if (path.at(-1) === 0 && path.at(-2) === 'from') return asCompletions(usual.from ?? []);
  return nodesAt(path).flatMap(({ properties = {} }) =>
    Object.keys(properties)
      .filter((key) => key !== '$schema')
      .map((key) => {
        const info = descriptionOf([...path, key]);
        return { label: key, apply: `${key}: `, type: 'property', ...(info && { info }) };
      }),
  );
}

function valuesOf(path: Path, key: string): Completion[] {
  const values = nodesAt(path).flatMap((node) => {
    if (node.enum !== undefined) return node.enum.map(String);
    if (node.const !== undefined) return [String(node.const)];
    return node.type === 'boolean' ? ['true', 'false'] : [];
  });
  return asCompletions([...new Set([...values, ...(usual[key] ?? [])])]);
}

function asCompletions(labels: readonly string[]): Completion[] {
  return labels.map((label) => ({ label, type: 'constant' }));
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
