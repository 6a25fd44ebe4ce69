import type { Document, Node, YAMLError } from 'yaml';
import { compileRules, type ReadableFile } from './compile.ts';
import { destinationForm, isDestination } from './destination.ts';
import type { Diagnostic, Locate } from './diagnostic.ts';
import { DiagnosticList, mostDiagnostics } from './diagnostic-list.ts';
import { checkForm } from './form.ts';
import { findKeys, type KeyPositions } from './key-positions.ts';
import { checkMessage } from './message.ts';
import { Lines, Offsets } from './position.ts';
import type { Rule, RuleSet } from './rule-set.ts';
import { suggestRegistry } from './suggest-name.ts';
import { describeSyntax } from './syntax.ts';
import { checkText } from './text.ts';
import { validParts } from './valid-parts.ts';
import { type YamlLimits, YamlReader } from './yaml-documents.ts';
import { inspect } from './yaml-inspection.ts';
import { ValueReader } from './yaml-value.ts';

/** Limits a rules file, in characters: 100,000 rules fit in. */
export const maxRulesLength = 16 * 1024 * 1024;

/** RulesLimits says how much a rules file may cost to read. */
export interface RulesLimits extends YamlLimits {
  /** Names in the `from` of all rules. */
  readonly origins: number;
  /** Diagnostics that are reported. */
  readonly diagnostics: number;
}

/** Holds the limits for the cluster's rules file. */
export const fileLimits: RulesLimits = {
  length: maxRulesLength,
  // 100,000 rules of two keys are 1.8 million.
  lexemes: 3_000_000,
  // The same rules as JSON are 500,000, as usual 300,000.
  entries: 520_000,
  lexeme: 64 * 1024,
  depth: 32,
  properties: 1_000,
  repeated: 100_000,
  documents: 1,
  mistakes: 100,
  origins: Number.POSITIVE_INFINITY,
  diagnostics: mostDiagnostics,
};

/** LoadedRules is what a text was read as, with every problem found. */
export interface LoadedRules {
  /** Undefined if a diagnostic is an error. */
  readonly ruleSet: RuleSet | undefined;
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/** ReadableRules is what could be read of a file, whatever is wrong with the rest. */
export interface ReadableRules {
  readonly file: ReadableFile;
  readonly rules: readonly Rule[];
  readonly keys: KeyPositions;
  readonly locate: Locate;
}

/** Examine returns what else is wrong with the rules of a file. */
export type Examine = (readable: ReadableRules) => readonly Diagnostic[];

/**
 * Reads a rules file (YAML or JSON) and reports its mistakes, all of them at once unless there are
 * very many. Never throws. Time and memory grow with the length of the text, whatever it holds.
 */
export function loadRules(
  text: string,
  limits: RulesLimits = fileLimits,
  examine: Examine = () => [],
): LoadedRules {
  const lines = new Lines(text);
  const diagnostics = new DiagnosticList(limits.diagnostics);
  const document = readDocument(text, limits, lines, diagnostics);
  const ruleSet = document && loadDocument(document, { limits, lines, diagnostics, examine });
  return {
    ruleSet: diagnostics.hasErrors ? undefined : ruleSet,
    diagnostics: diagnostics.inFileOrder(),
  };
}

/** Returns nothing for a text that is not YAML, or more than it may be. */
function readDocument(
  text: string,
  limits: RulesLimits,
  lines: Lines,
  diagnostics: DiagnosticList,
): Document | undefined {
  const reader = new YamlReader(limits);
  const [document] = [...reader.read(text)];
  const mistakes: readonly YAMLError[] = document?.errors ?? reader.mistakes;
  for (const mistake of [...mistakes, ...(document?.warnings ?? [])]) {
    const severity = mistake.name === 'YAMLWarning' ? 'warning' : 'error';
    diagnostics.add(severity, () => describeSyntax(mistake, lines));
  }
  if (reader.excess === undefined) return mistakes.length > 0 ? undefined : document;
  const { offset, ...excess } = reader.excess;
  diagnostics.add('error', () => ({ ...lines.position(offset), ...excess }));
  return undefined;
}

interface Loading {
  readonly limits: RulesLimits;
  readonly lines: Lines;
  readonly diagnostics: DiagnosticList;
  readonly examine: Examine;
}

function loadDocument(document: Document, loading: Loading): RuleSet | undefined {
  const { limits, lines, diagnostics } = loading;
  const offsets = new Offsets(document);
  const locate: Locate = (path) => lines.position(offsets.of(path));
  const at = (node: Node) => lines.position(node.range?.[0] ?? 0);
  const { aliases, repeatedKeys, problem } = inspect(document, limits.repeated);
  if (problem !== undefined) {
    const { alias, message } = problem;
    diagnostics.add('error', () => ({ ...at(alias), code: 'too-large', message }));
    return undefined;
  }
  for (const key of repeatedKeys) {
    const message = `the key ${String(key.value)} appears here for the second time`;
    const expected = 'each key once';
    diagnostics.add('error', () => ({ ...at(key), code: 'yaml-syntax', message, expected }));
  }
  let isWhole = true;
  const values = new ValueReader(aliases, {
    text: (found) => {
      const { range } = found.scalar;
      checkText(found, (part) => lines.position(lines.find(part, range)), diagnostics);
      checkMessage(found, lines, diagnostics);
    },
    lostAlias: (name, node) => {
      isWhole = false;
      const message = `*${name} refers to nothing`;
      const expected = 'anchors (&name) before their aliases (*name)';
      diagnostics.add('error', () => ({ ...at(node), code: 'yaml-syntax', message, expected }));
    },
  });
  const value = values.read(document.contents);
  return isWhole ? loadValue(value, locate, findKeys(document, lines), loading) : undefined;
}

function loadValue(
  value: unknown,
  locate: Locate,
  keys: KeyPositions,
  { limits, diagnostics, examine }: Loading,
): RuleSet | undefined {
  const file = checkForm(value, locate, diagnostics);
  const origins = file?.rules.reduce((sum, { from }) => sum + [from].flat().length, 0) ?? 0;
  if (origins > limits.origins) {
    const message = `the rules have ${origins} origins`;
    const expected = `at most ${limits.origins}`;
    const code = 'too-large';
    diagnostics.add('error', () => ({ ...locate(['rules']), code, message, expected }));
    return undefined;
  }
  // What has the right form may still be wrong, also in a file that has not.
  const readable = file ?? validParts(value);
  const { ruleSet, rules } = compileRules(readable, locate, diagnostics);
  checkAllowedDestinations(readable, locate, diagnostics);
  for (const found of examine({ file: readable, rules, keys, locate }))
    diagnostics.add(found.severity, () => found);
  return ruleSet && { ...ruleSet, keys };
}

/** Finds where namespaces may send images to and no image could be. */
function checkAllowedDestinations(
  { namespaceRules }: ReadableFile,
  locate: Locate,
  diagnostics: DiagnosticList,
): void {
  for (const [item, to] of (namespaceRules?.to ?? []).entries()) {
    if (to === undefined || isDestination(to)) continue;
    const message = `"${to}" is not a registry path`;
    const path = ['namespaceRules', 'to', item];
    diagnostics.add('error', () => ({
      ...locate(path),
      code: 'invalid-to',
      message,
      expected: destinationForm,
      suggestion: suggestRegistry(to, isDestination),
    }));
  }
}
