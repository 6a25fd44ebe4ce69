import { denialMessage } from '../../../decision/denial.ts';
import {
  type ConsideredRule,
  type Explanation,
  explain as explainDecision,
} from '../../../decision/explain.ts';
import { leftOutText, reasonText, verdictText } from '../../../decision/reason-text.ts';
import { systemNamespaces } from '../../../workload/opt-out.ts';
import { describeDecision } from '../../decision-json.ts';
import {
  type NamespaceRulesOptions,
  readNamespaceRules,
} from '../../input/namespace-rules-file.ts';
import { requireRules } from '../../input/rules-file.ts';
import { type Paint, painter, type Terminal, write } from '../../terminal.ts';

/** ExplainOptions are the options of `detour explain`. */
export interface ExplainOptions extends NamespaceRulesOptions {
  readonly rules?: string;
  readonly json?: boolean;
}

/** Asked is an image with what explains the decision about it. */
interface Asked extends Explanation {
  readonly image: string;
  /** True if the webhook is not asked there unless somebody chose that. */
  readonly isLeftOut: boolean;
}

/**
 * Prints how an image was parsed, which rules match, and which one decided. Returns 1 if the image
 * is denied.
 */
export async function explain(
  image: string,
  options: ExplainOptions,
  terminal: Terminal,
): Promise<number> {
  const { ruleSet, source } = await requireRules(options.rules, terminal);
  const namespaceRules = await readNamespaceRules(options, ruleSet);
  const explanation = explainDecision(image, ruleSet, options, namespaceRules);
  const isLeftOut = systemNamespaces.includes(options.namespace);
  const asked = { image, isLeftOut, ...explanation };
  const files = { cluster: source.name, namespace: options.namespaceRules ?? '' };
  const text = options.json
    ? formatAsJson(asked)
    : formatForPeople(asked, files, painter(terminal.stdout, terminal.env));
  await write(terminal.stdout, `${text}\n`);
  return explanation.decision.action === 'deny' ? 1 : 0;
}

function formatAsJson({ image, decision, considered, isLeftOut }: Asked): string {
  const rules = considered.map(({ rule, verdict, layer }) => ({
    from: rule.from,
    line: rule.line,
    verdict,
    ...(layer === 'namespace' && { layer }),
  }));
  const note = isLeftOut && { note: leftOutText };
  return JSON.stringify({ ...describeDecision(image, decision), ...note, considered: rules });
}

function formatForPeople(
  { image, decision, reference, considered, isLeftOut }: Asked,
  files: Readonly<Record<ConsideredRule['layer'], string>>,
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
  for (const { rule, verdict, layer } of considered) {
    rows.push(['rule', `${rule.from} (${files[layer]}:${rule.line}): ${verdictText[verdict]}`]);
  }
  rows.push(['decision', `${decision.action}: ${reasonText[decision.reason]}`]);
  if (decision.action === 'deny') rows.push(['message', denialMessage(decision)]);
  else
    rows.push(['becomes', paint(decision.action === 'rewrite' ? 'green' : 'bold', decision.image)]);
  if (isLeftOut) rows.push(['note', leftOutText]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${paint('dim', label.padEnd(width))}  ${value}`);
  return [paint('bold', image), ...lines].join('\n');
}
