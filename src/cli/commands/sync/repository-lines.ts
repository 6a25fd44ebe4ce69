import type { FilterStep } from '../../../mirror/choice.ts';
import type { ExpandedRepository } from '../../../mirror/expand.ts';
import { formatNames } from '../../counted.ts';
import type { Paint } from '../../terminal.ts';
import { escapeControl } from './text.ts';

/** Formats a repository: how many of its tags are copied, and what each filter left out. */
export function repositoryLines(repository: ExpandedRepository, paint: Paint): string {
  const { image, place, tags, chosen, steps } = repository;
  const word = paint('dim', 'tags'.padEnd(10));
  const head = `${word}  ${escapeControl(`${image} (${place}): ${chosen} of ${tags}`)}\n`;
  return head + steps.map((step) => `            ${escapeControl(formatStep(step))}\n`).join('');
}

function formatStep({ filter, value, before, letOut }: FilterStep): string {
  const out = letOut.length === 0 ? '' : `, without ${formatNames(letOut)}`;
  return `${filter} ${value}: ${before - letOut.length} of ${before}${out}`;
}
