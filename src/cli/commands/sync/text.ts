import type { Finding, Note } from '../../../mirror/finding.ts';
import { formatLocated } from '../../../mirror/located.ts';
import type { Outcome } from '../../../mirror/outcome.ts';
import type { PlannedImage } from '../../../mirror/plan.ts';
import { escapeCharacter } from '../../../rules/escape.ts';
import { formatCount } from '../../counted.ts';
import type { Paint, Style } from '../../terminal.ts';
import type { Summary } from './summary.ts';

const whyText: Readonly<Record<PlannedImage['why'], string>> = {
  missing: 'the mirror does not have it',
  changed: 'the mirror has another version',
  equal: 'the mirror has it',
  'left-alone': 'the mirror has it, and a rule says that it is your own',
  immutable: 'the mirror has it, and it is listed as immutable',
  stands: 'the mirror has it, and overwrite is never',
  'older-change': 'it changed longer ago than overwrite says',
  'undated-change':
    'it changed, its registry does not say when, and overwrite is for recent changes only',
  'not-made': '',
  'same-name': '',
  'no-origin': '',
  'not-asked': '',
  'no-pulls': '',
  failed: '',
};
/** The same for an export: what `--since` names has been exported, too. */
const whyExportedText: typeof whyText = {
  ...whyText,
  missing: 'it is not exported yet',
  changed: 'another version of it is exported',
  equal: 'it is exported already',
  immutable: 'it is exported already, and it is listed as immutable',
  stands: 'it is exported already, and overwrite is never',
};
const planStyles: Readonly<Record<PlannedImage['action'], Style>> = {
  copy: 'green',
  nothing: 'dim',
  impossible: 'red',
};
const statusStyles: Readonly<Record<Outcome['status'], Style>> = {
  copied: 'green',
  present: 'dim',
  failed: 'red',
  deferred: 'yellow',
  interrupted: 'yellow',
};

/** Formats an image of a plan: what would be done, from where, to where, and why. */
export function planLine(planned: PlannedImage, isExport: boolean, paint: Paint): string {
  const { action, why, message } = planned;
  const reason = message ?? (isExport ? whyExportedText : whyText)[why];
  const word = paint(planStyles[action], action.padEnd(10));
  return `${word}  ${escapeControl(`${wayOf(planned)}  (${reason})`)}\n`;
}

/** Formats what became of an image. */
export function outcomeLine(outcome: Outcome, paint: Paint): string {
  const { planned, status, milliseconds, message, warnings } = outcome;
  const word = paint(statusStyles[status], status.padEnd(8));
  const last = status === 'copied' ? formatTime(milliseconds) : message;
  const how = [...arrivals(outcome), ...(last === undefined ? [] : [last])];
  const details = how.length === 0 ? '' : `  (${how.join(', ')})`;
  const lines = [`${word}  ${escapeControl(wayOf(planned) + details)}\n`];
  for (const warning of warnings)
    lines.push(`${paint('yellow', 'warning')}   ${escapeControl(warning)}\n`);
  return lines.join('');
}

/** Lists what the mirror got, by sizes and counts. */
function arrivals({ uploaded, mounted, referrers }: Outcome): string[] {
  return [
    ...(uploaded > 0 ? [formatBytes(uploaded)] : []),
    ...(mounted > 0 ? [`${formatBytes(mounted)} were there`] : []),
    ...(referrers > 0 ? [`${formatCount(referrers, 'referrer')} added`] : []),
  ];
}

/** Formats a listed image that has no place in the mirror. */
export function findingLine({ code, image, place, message }: Finding, paint: Paint): string {
  const word = paint('yellow', 'finding');
  return `${word}   ${escapeControl(`${image} (${place}): ${code}: ${message}`)}\n`;
}

/** Formats a note about listed images that are copied. */
export function noteLine({ image, place, message }: Note, paint: Paint): string {
  return `${paint('yellow', 'note')}      ${escapeControl(`${image} (${place}): ${message}`)}\n`;
}

/** Formats the end of a run. */
export function summaryLine(summary: Summary): string {
  const { images, copied, present, failed, left, findings } = summary;
  const { uploaded, mounted, referrers, milliseconds, changedDigests } = summary;
  const moved = uploaded > 0 ? ` (${formatBytes(uploaded)} uploaded` : ' (nothing uploaded';
  const there = mounted > 0 ? `, ${formatBytes(mounted)} were there)` : ')';
  const parts = [
    `${copied} copied${copied > 0 ? moved + there : ''}`,
    `${present} present`,
    ...(referrers > 0 ? [`${formatCount(referrers, 'referrer')} added`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(left > 0 ? [`${left} left for another run`] : []),
    ...(findings > 0 ? [`${findings} listed without a place in the mirror`] : []),
  ];
  const total = `${formatCount(images, 'image')} in ${formatTime(milliseconds)}: ${parts.join(', ')}\n`;
  return changedDigestsLine(changedDigests, 0) + total;
}

/**
 * Formats how many images get another digest than at their origin, and what that means; empty if
 * there are none. `possible` is how many more may get one.
 */
export function changedDigestsLine(certain: number, possible: number): string {
  const most = certain + possible;
  if (most === 0) return '';
  const count = `${possible > 0 ? 'up to ' : ''}${most} ${most === 1 ? 'index' : 'indexes'}`;
  return `sync.platforms gives ${count} another digest: references by the original digest fail at the mirror, unless the image is listed by that digest\n`;
}

function wayOf({ listed, origins, destination }: PlannedImage): string {
  const [origin] = origins;
  const from = origin === undefined ? listed[0]?.image : formatLocated(origin);
  return `${from} -> ${formatLocated(destination)}`;
}

/** Formats a size: 999 B, 1.5 KiB, 20 MiB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Formats a time in milliseconds: 0.4 s, 12 s, 3 min, 2 h 5 min. */
export function formatTime(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Escapes what registries and lists say: it must not control a terminal. */
export function escapeControl(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, escapeCharacter);
}
