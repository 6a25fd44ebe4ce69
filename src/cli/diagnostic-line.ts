import { type Diagnostic, formatDiagnostic } from '../rules/diagnostic.ts';
import type { Paint, Style } from './terminal.ts';

const styles: Readonly<Record<Diagnostic['severity'], Style>> = {
  error: 'red',
  warning: 'yellow',
  note: 'cyan',
};

/** Formats a diagnostic for a person, with a line break at its end. */
export function diagnosticLine(file: string, diagnostic: Diagnostic, paint: Paint): string {
  return `${formatDiagnostic(file, diagnostic, (severity) => paint(styles[severity], severity))}\n`;
}
