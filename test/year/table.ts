import type { Outcome } from './outcome.ts';

const columns = ['times', 'sent', 'wrong', 'refused', 'slow', 'allowed s', 'faults'] as const;

/** Writes what each drill cost, summed over the times that it came, as a table in Markdown. */
export function formatTable(outcomes: readonly Outcome[]): string {
  const drills = [...new Set(outcomes.map(({ drill }) => drill))].toSorted();
  const rows = drills.map((name) => [
    name,
    ...sumsOf(outcomes.filter(({ drill }) => drill === name)),
  ]);
  rows.push(['**all**', ...sumsOf(outcomes)]);
  const lines = [['drill', ...columns], ['---', ...columns.map(() => '---:')], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function sumsOf(outcomes: readonly Outcome[]): string[] {
  const sum = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  return [
    outcomes.length,
    sum(({ sent }) => sent),
    sum(({ wrong }) => wrong),
    sum(({ refused }) => refused),
    sum(({ slow }) => slow),
    Math.round(sum(({ allowed }) => allowed)),
    sum(({ faults }) => faults.length),
  ].map(String);
}

/** Writes one line about a drill, for people who watch. */
export function formatOutcome(outcome: Outcome): string {
  const { drill, seconds, sent, wrong, refused, slow, allowed, faults } = outcome;
  const counts = `${wrong} wrong, ${refused} refused, ${slow} slow of ${sent}`;
  const judged = faults.length === 0 ? 'as promised' : `FAULT: ${faults.join('; ')}`;
  return `${drill}: ${seconds} s, ${counts}; ${allowed.toFixed(1)} s allowed; ${judged}`;
}
