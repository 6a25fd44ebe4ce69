import type { Diagnostic } from './diagnostic.ts';

/** Limits what is reported of one file: more than a person corrects at once. */
export const mostDiagnostics = 1_000;

/**
 * DiagnosticList collects the diagnostics of one file. The first ones are kept and the rest
 * counted, so that a file in which everything is wrong costs no more than one in which much is.
 */
export class DiagnosticList {
  readonly #kept: Diagnostic[] = [];
  readonly #limit: number;
  #more = 0;
  #hasErrors = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  get hasErrors(): boolean {
    return this.#hasErrors;
  }

  /** Adds what `describe` returns, which is called only if it is kept. */
  add(severity: Diagnostic['severity'], describe: () => Omit<Diagnostic, 'severity'>): void {
    this.#hasErrors ||= severity === 'error';
    if (this.#kept.length < this.#limit) this.#kept.push({ ...describe(), severity });
    else this.#more++;
  }

  /** Returns the diagnostics in the order of the file, and last how many there are beyond these. */
  inFileOrder(): readonly Diagnostic[] {
    const sorted = [...this.#kept].sort((a, b) => a.line - b.line || a.column - b.column);
    if (this.#more === 0) return sorted;
    const { line = 1, column = 1 } = sorted.at(-1) ?? {};
    const message = `and ${this.#more} more; correct these first`;
    const severity = this.#hasErrors ? 'error' : 'warning';
    return [...sorted, { line, column, code: 'more-diagnostics', severity, message }];
  }
}
