import { denialMessage } from '../../../decision/denial.ts';
import { type Explanation, explain as explainDecision } from '../../../decision/explain.ts';
import { reasonText, verdictText } from '../../../decision/reason-text.ts';
import { formatDecision } from '../../decision-json.ts';
import { requireRules } from '../../input/rules-file.ts';
import { type Paint, painter, type Terminal, write } from '../../terminal.ts';

/** ExplainOptions are the options of `detour explain`. */
export interface ExplainOptions {
  readonly rules?: string;
  readonly json?: boolean;
  readonly namespace: string;
}

/** Prints how an image was parsed, which rules match, and which one decided. */
export async function explain(
  image: string,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<number> {
  const { ruleSet, source } = await requireRules(options.rules, terminal);
  const explanation = explainDecision(image, ruleSet, options);
  const text = options.json
    ? formatAsJson(image, explanation)
    : formatForPeople(image, explanation, source.name, painter(terminal.stdout, terminal.env));
  await write(terminal.stdout, `${text}\n`);
  return 0;
}

function formatAsJson(image: string, { decision, considered }: Explanation): string {
  const rules = considered.map(({ rule, verdict }) => ({
    from: rule.from,
    line: rule.line,
    verdict,
  }));
  return JSON.stringify({ ...JSON.parse(formatDecision(image, decision)), considered: rules });
}

function formatForPeople(
  image: string,
  { decision, reference, considered }: Explanation,
  source: string,
  paint: Paint,
): string {
  const rows: [string, string][] =
    reference === undefined
      ? [['parsed', 'no: this is not a valid image reference']]
      : [
          ['registry', reference.registry],
          ['repository', reference.repository],
          ['tag', reference.tag ?? '(none)'],
          ['digest', reference.digest ?? '(none)'],
        ];
  for (const { rule, verdict } of considered) {
    rows.push(['rule', `${rule.from} (${source}:${rule.line}): ${verdictText[verdict]}`]);
  }
  rows.push(['decision', `${decision.action}: ${reasonText[decision.reason]}`]);
  if (decision.action === 'deny') rows.push(['message', denialMessage(decision)]);
  rows.push(['becomes', paint(decision.action === 'rewrite' ? 'green' : 'bold', decision.image)]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${paint('dim', label.padEnd(width))}  ${value}`);
  return [paint('bold', image), ...lines].join('\n');
}
