import { escapeHidden } from './hidden-characters.ts';

/**
 * DiagnosticCode names every problem that a rules file can have. The first group makes it invalid;
 * the second are findings of `check`; the third are limits of a target of `compile`.
 */
export type DiagnosticCode =
  | 'too-large'
  | 'more-diagnostics'
  | 'hidden-character'
  | 'not-text'
  | 'yaml-syntax'
  | 'unknown-key'
  | 'missing-key'
  | 'wrong-value'
  | 'no-action'
  | 'several-actions'
  | 'duplicate-from'
  | 'rule-loop'
  | 'invalid-mirror'
  | 'invalid-to'
  | 'invalid-bypass'
  | 'unknown-variable'
  | 'invalid-registry'
  | 'duplicate-registry'
  | 'invalid-ca'
  | 'not-for-a-namespace'
  | 'outside-allowed'
  // findings
  | 'unmatchable-from'
  | 'unreachable-rule'
  | 'colliding-origins'
  | 'colliding-images'
  | 'chained-rule'
  | 'cut-message'
  | 'unused-library'
  | 'unused-path'
  | 'unused-pull-secrets'
  | 'public-bypass'
  | 'closed-exit'
  | 'unmet-expectation'
  // what a target cannot do
  | 'not-expressible'
  | 'no-credentials';

/**
 * error: the file is not used. warning: it is, but does not do what it says. note: good to know.
 */
type Severity = 'error' | 'warning' | 'note';

/** Position is a place in the rules file; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Path is the keys and indexes that lead to a value in the file. */
export type Path = readonly (string | number)[];
/**
 * Locate returns the position of the value at a path; if the path does not exist, of its nearest
 * parent.
 */
export type Locate = (path: Path) => Position;

/** Diagnostic is a problem of a rules file, with its position. */
export interface Diagnostic extends Position {
  /** Where it is not the rules file. */
  readonly file?: string;
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  /** What would have been right, where that can be said. */
  readonly expected?: string | undefined;
  /** The nearest known word, where one is near. */
  readonly suggestion?: string | undefined;
}

/**
 * Returns one line: `detour.yaml:5:11: error unknown-key: …`. `emphasize` may colour the severity.
 */
export function formatDiagnostic(
  file: string,
  diagnostic: Diagnostic,
  emphasize = (severity: Severity): string => severity,
): string {
  const { line, column, severity, code, message, expected, suggestion } = diagnostic;
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  const wanted = expected === undefined ? '' : ` (expected ${expected})`;
  // Names and keys of files that others wrote must not command a terminal, nor begin a line of a
  // log.
  const place = escapeHidden(diagnostic.file ?? file);
  const text = escapeHidden(`${message}${wanted}${hint}`);
  return `${place}:${line}:${column}: ${emphasize(severity)} ${code}: ${text}`;
}
