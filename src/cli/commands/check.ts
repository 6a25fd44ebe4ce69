import { type Diagnostic, formatDiagnostic } from '../../rules/diagnostic.ts';
import { findRulesSource, inspectRules } from '../rules-file.ts';
import { painter, type Style, type Terminal, write } from '../terminal.ts';

export interface CheckOptions {
  readonly rules?: string;
  readonly json?: boolean;
}

const styles: Readonly<Record<Diagnostic['severity'], Style>> = {
  error: 'red',
  warning: 'yellow',
  note: 'cyan',
};

/** Tells all that is wrong or doubtful in a rules file. 0 nothing but notes, 1 a finding, 2 the file is invalid. */
export async function check(options: CheckOptions, terminal: Terminal): Promise<number> {
  const { stdout, env } = terminal;
  const source = findRulesSource(options.rules, terminal);
  const { ruleSet, diagnostics } = await inspectRules(source);
  if (options.json) {
    const lines = diagnostics.map((one) => `${JSON.stringify({ file: source.name, ...one })}\n`);
    await write(stdout, lines.join(''));
  } else {
    const paint = painter(stdout, env);
    for (const one of diagnostics) {
      const line = formatDiagnostic(source.name, one, (severity) =>
        paint(styles[severity], severity),
      );
      await write(stdout, `${line}\n`);
    }
    await write(stdout, `${summarize(source.name, ruleSet?.rules.length, diagnostics)}\n`);
  }
  if (ruleSet === undefined) return 2;
  return diagnostics.some(({ severity }) => severity === 'warning') ? 1 : 0;
}

function summarize(
  name: string,
  rules: number | undefined,
  diagnostics: readonly Diagnostic[],
): string {
  const count = (severity: Diagnostic['severity'], word: string) => {
    const found = diagnostics.filter((one) => one.severity === severity).length;
    return `${found} ${word}${found === 1 ? '' : 's'}`;
  };
  if (rules === undefined) {
    return `${name}: invalid, ${count('error', 'error')}, ${count('warning', 'finding')}`;
  }
  return `${name}: valid, ${rules} origin${rules === 1 ? '' : 's'}, ${count('warning', 'finding')}`;
}
