import type { Diagnostic, Position } from '../rules/diagnostic.ts';
import { DiagnosticList, mostDiagnostics } from '../rules/diagnostic-list.ts';
import { formatPath } from '../rules/format-path.ts';
import { positionOfKey } from '../rules/key-positions.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { type Decision, decide } from './decide.ts';
import { reasonText } from './reason-text.ts';

/** Expectation is an entry of `expect`, with what the rules really decide. */
export interface Expectation extends Position {
  readonly image: string;
  readonly namespace: string;
  /** An image, `keep` or `deny`. */
  readonly expected: string;
  readonly decision: Decision;
  readonly isMet: boolean;
}

/** Holds for entries that name no namespace, as for commands that decide. */
const defaultNamespace = 'default';

/** Decides every image that `expect` names. */
export function testExpectations(ruleSet: RuleSet): Expectation[] {
  return Object.entries(ruleSet.file.expect ?? {}).flatMap(([image, outcome]) => {
    const at = (path: readonly string[]) =>
      positionOfKey(ruleSet, formatPath(['expect', image, ...path]));
    const test = (position: Position, namespace: string, expected: string): Expectation => {
      const decision = decide(image, ruleSet, { namespace });
      const isMet = agrees(expected, image, decision);
      return { ...position, image, namespace, expected, decision, isMet };
    };
    if (typeof outcome === 'string') return test(at([]), defaultNamespace, outcome);
    return Object.entries(outcome).map(([namespace, expected]) =>
      test(at([namespace]), namespace, expected),
    );
  });
}

/** `keep` and the image itself say the same: nothing denies it, and it stays as it is. */
function agrees(expected: string, image: string, decision: Decision): boolean {
  if (expected === 'deny' || decision.action === 'deny') return expected === decision.action;
  return decision.image === (expected === 'keep' ? image : expected);
}

/** Returns a finding for each expectation that is not met. */
export function unmetExpectations(expectations: readonly Expectation[]): readonly Diagnostic[] {
  const found = new DiagnosticList(mostDiagnostics);
  for (const each of expectations) if (!each.isMet) found.add('warning', () => describe(each));
  return found.inFileOrder();
}

function describe(expectation: Expectation): Omit<Diagnostic, 'severity'> {
  const { line, column, image, namespace, expected, decision } = expectation;
  const isNamed = namespace !== defaultNamespace || decision.reason === 'namespace';
  const where = isNamed ? ` in namespace ${namespace}` : '';
  const message = `${image} ${outcomeOf(decision)}${where}: ${causeOf(decision)}`;
  return { line, column, code: 'unmet-expectation', message, expected };
}

function outcomeOf({ action, image }: Decision): string {
  if (action === 'rewrite') return `becomes ${image}`;
  return action === 'keep' ? 'is kept' : 'is denied';
}

function causeOf({ reason, rule }: Decision): string {
  if (rule === undefined) return reasonText[reason];
  const decided = `the rule "${rule.from}" in line ${rule.line} decides`;
  return reason === 'rule' ? decided : `${decided}, and ${reasonText[reason]}`;
}
