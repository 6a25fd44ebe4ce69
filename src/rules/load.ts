import * as v from 'valibot';
import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml';
import { compileRules } from './compile.ts';
import { describe } from './describe.ts';
import type { Diagnostic, Locate } from './diagnostic.ts';
import { offsetOf, toPosition } from './position.ts';
import type { RuleSet } from './rule-set.ts';
import { salvage } from './salvage.ts';
import { type RulesFile, rulesFileSchema } from './schema.ts';
import { isTarget, targetForm } from './target.ts';
import { isTooDeep } from './too-deep.ts';

/** The largest rules file, in characters: 100,000 rules fit in. */
export const maxRulesLength = 16 * 1024 * 1024;

/** More than any rules file has. */
const maxDepth = 32;

export interface LoadedRules {
  /** Undefined where a diagnostic is an error. */
  readonly ruleSet: RuleSet | undefined;
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a rules file (YAML or JSON) and reports every mistake in it at once. Never throws. */
export function loadRules(text: string): LoadedRules {
  if (text.length > maxRulesLength) {
    const message = `the file has ${text.length} characters`;
    const expected = `at most ${maxRulesLength}`;
    return failed([
      { line: 1, column: 1, code: 'too-large', severity: 'error', message, expected },
    ]);
  }
  if (isTooDeep(text, maxDepth)) {
    const message = `lists and mappings are nested more than ${maxDepth} deep`;
    return failed([{ line: 1, column: 1, code: 'too-large', severity: 'error', message }]);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const ofSyntax = [...document.errors, ...document.warnings].map((error) =>
    describeSyntax(error, lineCounter, text),
  );
  // With a key that stands twice the rest of the file can still be read; with nothing else.
  if (document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')) return failed(ofSyntax);
  const locate: Locate = (path) => toPosition(lineCounter, offsetOf(document, path));
  const { ruleSet, diagnostics } = loadValue(document, locate);
  const all = inFileOrder([...ofSyntax, ...diagnostics]);
  return { ruleSet: document.errors.length > 0 ? undefined : ruleSet, diagnostics: all };
}

function loadValue(document: Document, locate: Locate): LoadedRules {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // Thrown for aliases that multiply without end, and for those that refer to nothing.
    const message = error instanceof Error ? error.message : String(error);
    const expected = 'anchors (&name) before their aliases (*name), and few of them';
    return failed([{ ...locate([]), code: 'yaml-syntax', severity: 'error', message, expected }]);
  }
  const parsed = v.safeParse(rulesFileSchema, value);
  if (parsed.success) {
    const { ruleSet, diagnostics } = compileRules(parsed.output, locate);
    const wrong = allowedNowhere(parsed.output, locate);
    return {
      ruleSet: wrong.length > 0 ? undefined : ruleSet,
      diagnostics: [...diagnostics, ...wrong],
    };
  }
  const ofForm = parsed.issues.map((issue) => describe(issue, locate));
  return failed([...ofForm, ...compileRules(salvage(value), locate).diagnostics]);
}

/** What namespaces may send images to, where no image could be. */
function allowedNowhere({ namespaceRules }: RulesFile, locate: Locate): Diagnostic[] {
  return (namespaceRules?.to ?? []).flatMap((to, item) => {
    if (isTarget(to)) return [];
    const message = `"${to}" is not where an image could be`;
    const where = locate(['namespaceRules', 'to', item]);
    return { ...where, code: 'invalid-to', severity: 'error', message, expected: targetForm };
  });
}

function describeSyntax(error: YAMLError, lineCounter: LineCounter, text: string): Diagnostic {
  const { line, column } = toPosition(lineCounter, error.pos[0]);
  const [key = ''] = /^[^:\n]*/.exec(text.slice(error.pos[0], error.pos[0] + 100)) ?? [];
  const known = syntaxWords[error.code];
  const [message, expected] = known?.(key) ?? [error.message, 'YAML or JSON'];
  const severity = error.name === 'YAMLWarning' ? 'warning' : 'error';
  return { line, column, code: 'yaml-syntax', severity, message, expected };
}

/** Where the YAML library speaks to programmers. */
const syntaxWords: Readonly<Record<string, (key: string) => [message: string, expected: string]>> =
  {
    DUPLICATE_KEY: (key) => [`the key ${key} stands here for the second time`, 'each key once'],
    MULTIPLE_DOCS: () => ['a second document begins here', 'one document, without ---'],
    BAD_ALIAS: () => ['* begins an alias', '"*" in quotes'],
  };

function failed(diagnostics: Diagnostic[]): LoadedRules {
  return { ruleSet: undefined, diagnostics: inFileOrder(diagnostics) };
}

function inFileOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...diagnostics].sort((a, b) => a.line - b.line || a.column - b.column);
}
