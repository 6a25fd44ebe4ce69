import { type LostPullSecret, lostPullSecrets } from '../../admission/lost-pull-secrets.ts';
import type { Diagnostic } from '../../rules/diagnostic.ts';
import { diagnosticLine } from '../diagnostic-line.ts';
import { readObjects } from '../objects-file.ts';
import { findRulesSource, inspectRules } from '../rules-file.ts';
import { painter, type Terminal, write } from '../terminal.ts';

export interface CheckOptions {
  readonly rules?: string;
  readonly json?: boolean;
  readonly pods?: string;
}

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
    for (const one of diagnostics) await write(stdout, diagnosticLine(source.name, one, paint));
    await write(stdout, `${summarize(source.name, ruleSet?.rules.length, diagnostics)}\n`);
  }
  if (ruleSet === undefined) return 2;
  const lost =
    options.pods === undefined
      ? []
      : lostPullSecrets(await readObjects(options.pods, terminal), ruleSet);
  for (const one of lost) await write(stdout, `${formatLost(one, options.json)}\n`);
  const isFound = lost.length > 0 || diagnostics.some(({ severity }) => severity === 'warning');
  return isFound ? 1 : 0;
}

function formatLost(lost: LostPullSecret, isJson = false): string {
  if (isJson) return JSON.stringify({ code: 'lost-pull-secret', severity: 'warning', ...lost });
  const { namespace, pod, place, image, becomes, secrets } = lost;
  return `${namespace}/${pod} ${place}: warning lost-pull-secret: ${image} is pulled with ${secrets.join(', ')}, which is not for ${becomes} (expected pullSecrets on the rule, or a Secret for both)`;
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
