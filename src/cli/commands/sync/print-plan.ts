import { willChangeDigest } from '../../../mirror/changed-digest.ts';
import type { Plan, PlannedImage } from '../../../mirror/plan.ts';
import type { Platforms } from '../../../mirror/platforms.ts';
import { formatCount } from '../../counted.ts';
import { type Paint, painter, type Terminal, write } from '../../terminal.ts';
import { costLine, costRecord } from './cost.ts';
import type { Planned } from './make-plan.ts';
import type { SyncOptions } from './options.ts';
import { findingRecord, noteRecord, planRecord, repositoryRecord } from './records.ts';
import { repositoryLines } from './repository-lines.ts';
import { isLack } from './summary.ts';
import { changedDigestsLine, findingLine, noteLine, planLine } from './text.ts';
import { unlistedLines, unlistedRecords } from './unlisted-lines.ts';

/**
 * Prints a plan with the tags that were chosen and what it costs, or for `--check` the part of it that
 * the mirror lacks. Returns 1 if something cannot be copied, or if `--check` found something to copy.
 */
export async function printPlan(
  planned: Planned,
  platforms: Platforms,
  { check = false, json = false, to, from }: SyncOptions,
  { stdout, env }: Terminal,
): Promise<number> {
  const { plan } = planned;
  const paint = painter(stdout, env);
  const lines = json
    ? recordsOf(planned, platforms, check)
    : linesOf(planned, platforms, { check, isExport: to !== undefined }, paint);
  const isFound = isLacking(plan) || (check && plan.images.some(({ action }) => action === 'copy'));
  for (const line of lines) await write(stdout, line);
  if (from !== undefined && !json) await write(stdout, notCheckedLine(check));
  return isFound ? 1 : 0;
}

function* linesOf(
  { plan, repositories, cost, unlisted }: Planned,
  platforms: Platforms,
  { check, isExport }: { readonly check: boolean; readonly isExport: boolean },
  paint: Paint,
): Generator<string, void> {
  if (!check) for (const one of repositories) yield repositoryLines(one, paint);
  for (const one of shownImages(plan, check)) yield planLine(one, isExport, paint);
  for (const one of plan.findings) yield findingLine(one, paint);
  for (const one of plan.notes) yield noteLine(one, paint);
  yield* unlistedLines(unlisted, paint);
  yield changedDigests(plan, platforms) + totalLine(plan);
  if (!check) yield costLine(cost);
}

function* recordsOf(
  { plan, repositories, cost, unlisted }: Planned,
  platforms: Platforms,
  check: boolean,
): Generator<string, void> {
  if (!check) for (const one of repositories) yield jsonLine(repositoryRecord(one));
  for (const one of shownImages(plan, check)) yield jsonLine(planRecord(one, platforms));
  for (const one of plan.findings) yield jsonLine(findingRecord(one));
  for (const one of plan.notes) yield jsonLine(noteRecord(one));
  for (const record of unlistedRecords(unlisted)) yield jsonLine(record);
  if (!check) yield jsonLine(costRecord(cost));
}

/** An import reads everything twice, and a plan should take no such time. */
function notCheckedLine(check: boolean): string {
  return `the files were not checked: a run without ${check ? '--check' : '--plan'} does that before it copies anything\n`;
}

function jsonLine(record: object): string {
  return `${JSON.stringify(record)}\n`;
}

function shownImages({ images }: Plan, check: boolean): Plan['images'] {
  return check ? images.filter(({ action }) => action !== 'nothing') : images;
}

function isLacking({ images, findings }: Plan): boolean {
  return images.some(({ action }) => action === 'impossible') || findings.some(isLack);
}

function changedDigests({ images }: Plan, platforms: Platforms): string {
  const changes = images.map((one) => willChangeDigest(one, platforms));
  const count = (change: boolean | undefined) => changes.filter((one) => one === change).length;
  return changedDigestsLine(count(true), count(undefined));
}

/** Formats how many images a plan has, and what becomes of them. */
export function totalLine({ images, findings }: Plan): string {
  const { copy, nothing, impossible } = countActions(images);
  const lacks = findings.filter(isLack).length;
  const parts = [
    `${copy} to copy`,
    `${nothing} present`,
    ...(impossible > 0 ? [`${impossible} impossible`] : []),
    ...(lacks > 0 ? [`${lacks} listed without a place in the mirror`] : []),
  ];
  return `${formatCount(images.length, 'image')}: ${parts.join(', ')}\n`;
}

/** Counts the images of a plan by what is to be done. */
export function countActions(images: Plan['images']): Record<PlannedImage['action'], number> {
  const counts = { copy: 0, nothing: 0, impossible: 0 };
  for (const { action } of images) counts[action]++;
  return counts;
}
