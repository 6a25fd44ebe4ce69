import type { Attack } from '../attacks/attack.ts';
import type { Measured } from './main.ts';

export const heading = [
  '| attack | answered, lost | p99, ms (p50) | p99 without it, ms | peak RSS, MiB (before) | attacker |',
  '| --- | --- | --- | --- | --- | --- |',
].join('\n');

export function formatRow({ name }: Attack, measured: Measured): string {
  const { baseline, attack } = measured.load;
  const cells = [
    name,
    `${attack.answered}, ${attack.lost}${reasons(attack.reasons)}`,
    `${format(attack.p99)} (${format(attack.p50)})`,
    format(baseline.p99) + (baseline.lost > 0 ? ` (${baseline.lost} lost)` : ''),
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

function reasons(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([reason, count]) => `${count} ${reason}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function format(milliseconds: number): string {
  return milliseconds < 10 ? milliseconds.toFixed(1) : String(Math.round(milliseconds));
}
