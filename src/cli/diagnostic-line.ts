import { type Diagnostic, formatDiagnostic } from '../rules/diagnostic.ts';
import type { Paint, Style } from './terminal.ts';

const styles: Readonly<Record<Diagnostic['severity'], Style>> = {
  error: 'red',
  warning: 'yellow',
  note: 'cyan',
};

/** A diagnostic as people read it, with its line's end. */
export function diagnosticLine(file: string, diagnostic: Diagnostic, paint: Paint): string {
  return `${formatDiagnostic(file, diagnostic, (severity) => paint(styles[severity], severity))}\n`;
}
