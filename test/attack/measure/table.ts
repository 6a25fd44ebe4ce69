import type { Attack } from '../attacks/attack.ts';
import type { Measured } from './main.ts';
import type { PhaseReport } from './messages.ts';

/** Begins the table in Markdown; a row follows for each attack. */
export const heading = [
  '| attack | answered, lost | p99, ms (p50) | p99 without it, ms | longest when it ends, ms | peak RSS, MiB (before) | attacker |',
  '| --- | --- | --- | --- | --- | --- | --- |',
].join('\n');

/** Formats what was measured for one attack as a row of the table. */
export function formatRow({ name }: Attack, measured: Measured): string {
  const { baseline, attack, after } = measured.load;
  const cells = [
    name,
    `${attack.answered}, ${attack.lost}${reasons(attack.reasons)}`,
    `${format(attack.p99)} (${format(attack.p50)})`,
    format(baseline.p99) + lostIn(baseline),
    format(after.longest) + lostIn(after),
    measured.hasEnded
      ? 'the server ended'
      : `${Math.round(measured.peakMemory)} (${Math.round(measured.memoryBefore)})`,
    describe(measured.attacker),
  ];
  return `| ${cells.join(' | ')} |`;
}

function describe({ opened, closed, answers }: Measured['attacker']): string {
  const statuses = Object.entries(answers).map(([status, count]) => `${count} × ${status}`);
  return [`${opened} opened`, `${closed} closed`, ...statuses].join(', ');
}

function lostIn({ lost }: PhaseReport): string {
  return lost > 0 ? ` (${lost} lost)` : '';
}

function reasons(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([reason, count]) => `${count} ${reason}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function format(milliseconds: number): string {
  return milliseconds < 10 ? milliseconds.toFixed(1) : String(Math.round(milliseconds));
}
