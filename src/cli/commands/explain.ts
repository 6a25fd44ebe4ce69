import type { Reason } from '../../decision/decide.ts';
import {
  type ConsideredRule,
  type Explanation,
  explain as explainDecision,
} from '../../decision/explain.ts';
import { requireRules } from '../rules-file.ts';
import { type Paint, painter, type Terminal, write } from '../terminal.ts';
import { formatJson } from './resolve.ts';

export interface ExplainOptions {
  readonly rules?: string;
  readonly json?: boolean;
  readonly namespace: string;
}

const reasons: Readonly<Record<Reason, string>> = {
  rule: 'the rule says so',
  bypass: 'the bypass prefix forces the origin',
  'no-rule': 'no rule matches',
  'already-mirrored': 'it lies below a to of the rules already',
  unparsable: 'it is no valid image reference, so it is left alone',
  unwritable: 'what it would become is no valid reference or too long, so it is left alone',
  namespace: 'the rules do not hold in this namespace',
  bypassed: 'the Pod carries the mark of an earlier bypass',
};

const verdicts: Readonly<Record<ConsideredRule['verdict'], string>> = {
  decided: 'decided',
  'less-specific': 'matches, but another is more specific',
  'other-namespace': 'matches, but does not hold in this namespace',
  'not-asked': 'matches, but was not asked',
};

/** Tells how an image was parsed, which rules match, and which of them decided. */
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
  return JSON.stringify({ ...JSON.parse(formatJson(image, decision)), considered: rules });
}

function formatForPeople(
  image: string,
  { decision, reference, considered }: Explanation,
  source: string,
  paint: Paint,
): string {
  const rows: [string, string][] =
    reference === undefined
      ? [['parsed', 'not as an image reference']]
      : [
          ['registry', reference.registry === '' ? '(none)' : reference.registry],
          ['repository', reference.repository],
          ['tag', reference.tag ?? '(none)'],
          ['digest', reference.digest ?? '(none)'],
        ];
  for (const { rule, verdict } of considered) {
    rows.push(['rule', `${rule.from} (${source}:${rule.line}): ${verdicts[verdict]}`]);
  }
  rows.push(['decision', `${decision.action}: ${reasons[decision.reason]}`]);
  if (decision.action === 'deny') rows.push(['message', decision.rule?.message ?? '']);
  rows.push(['becomes', paint(decision.action === 'rewrite' ? 'green' : 'bold', decision.image)]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${paint('dim', label.padEnd(width))}  ${value}`);
  return [paint('bold', image), ...lines].join('\n');
}
