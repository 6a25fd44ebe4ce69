import { type ApplyOptions, applyPlan } from '../../../mirror/apply.ts';
import type { Unlisted } from '../../../mirror/find-unlisted.ts';
import type { MirrorEvent } from '../../../mirror/mirror-event.ts';
import type { Outcome } from '../../../mirror/outcome.ts';
import type { Plan, PlannedImage } from '../../../mirror/plan.ts';
import { painter, type Terminal, write } from '../../terminal.ts';
import { type Cost, costLine, costRecord } from './cost.ts';
import { LiveLine } from './live-line.ts';
import type { Planned } from './make-plan.ts';
import type { RunMetrics } from './metrics/run-metrics.ts';
import { mountingAdvice } from './mounting-advice.ts';
import type { SyncOptions } from './options.ts';
import { countActions, totalLine } from './print-plan.ts';
import { ProgressRecords } from './progress-records.ts';
import { eventRecord, findingRecord } from './records.ts';
import { canRedraw } from './redrawn-line.ts';
import type { ReportFile } from './report/report-files.ts';
import type { RunReport } from './report/run-report.ts';
import { type FileContent, saveFile } from './saved-file.ts';
import { type Searching, searchAfterRun } from './search-unlisted.ts';
import { exitCodeOf, summarize } from './summary.ts';
import { findingLine, outcomeLine, summaryLine } from './text.ts';
import { unlistedEvents, unlistedLines } from './unlisted-lines.ts';

/** Filling holds what it takes to apply a plan, and where progress and results go. */
export interface Filling {
  readonly options: SyncOptions;
  readonly reports: readonly ReportFile[];
  readonly metrics: RunMetrics | undefined;
  readonly terminal: Terminal;
  readonly rulesFile: string;
  /** What finds the tags that no list names, if that is asked for. */
  readonly searching: Searching | undefined;
  readonly applying: ApplyOptions;
}

/** Applies a plan, and prints and saves what became of it. Returns the exit code. */
export async function fillMirror({ plan, cost }: Planned, filling: Filling): Promise<number> {
  const { options, terminal, applying, searching } = filling;
  const { json } = options;
  const started = new Date();
  const begun = performance.now();
  const byImage = new Map<PlannedImage, Outcome>();
  const print = json ? jsonPrinter(plan, terminal) : textPrinter(plan, terminal);
  await print.begin(plan, cost);
  for (const finding of plan.findings) await print.finding(finding);
  for await (const event of applyPlan(plan, applying)) {
    if (event.type === 'finished') byImage.set(event.outcome.planned, event.outcome);
    await print.event(event);
  }
  // In the order of the lists, which does not change from run to run.
  const outcomes = plan.images.flatMap((planned) => byImage.get(planned) ?? []);
  const summary = summarize(outcomes, plan.findings, performance.now() - begun);
  if (filling.metrics !== undefined) filling.metrics.summary = summary;
  const code = exitCodeOf(outcomes, plan.findings);
  const unlisted = await searchAfterRun(plan, outcomes, searching);
  await print.unlisted(unlisted);
  await print.end(
    json ? `${JSON.stringify({ event: 'summary', ...summary })}\n` : summaryLine(summary),
  );
  if (!json) for (const line of mountingAdvice(outcomes)) terminal.stderr.write(line);
  const report: RunReport = {
    rules: filling.rulesFile,
    started,
    ended: new Date(),
    exitCode: code,
    isExport: options.to !== undefined,
    summary,
    outcomes,
    findings: plan.findings,
    unlisted,
  };
  let areSaved = true;
  for (const { file, content } of filling.reports)
    areSaved = (await save(file, content(report), terminal)) && areSaved;
  return areSaved ? code : Math.max(code, 1);
}

/** Saves a text. Reports whether that worked: a full disk here does not undo what was copied. */
async function save(file: string, content: FileContent, { stderr }: Terminal): Promise<boolean> {
  try {
    await saveFile(file, content);
    return true;
  } catch (error) {
    stderr.write(`detour: ${file} cannot be written: ${(error as Error).message}\n`);
    return false;
  }
}

interface Printer {
  begin(plan: Plan, cost: Cost): Promise<void>;
  finding(finding: Plan['findings'][number]): Promise<void>;
  event(event: MirrorEvent): Promise<void>;
  unlisted(unlisted: Unlisted | undefined): Promise<void>;
  end(text: string): Promise<void>;
}

function jsonPrinter(plan: Plan, { stdout }: Terminal): Printer {
  const print = (record: object) => write(stdout, `${JSON.stringify(record)}\n`);
  const progress = new ProgressRecords(plan, performance.now());
  return {
    begin: ({ images }, cost) =>
      print({ event: 'plan', ...countActions(images), ...costRecord(cost) }),
    finding: (finding) => print({ event: 'finding', ...findingRecord(finding) }),
    event: async (event) => {
      for (const record of [eventRecord(event), progress.note(event, performance.now())])
        if (record !== undefined) await print(record);
    },
    unlisted: async (unlisted) => {
      for (const record of unlistedEvents(unlisted)) await print(record);
    },
    end: async (text) => {
      for (const record of progress.failures()) await print(record);
      await write(stdout, text);
    },
  };
}

function textPrinter({ images }: Plan, { stdout, env }: Terminal): Printer {
  const paint = painter(stdout, env);
  const live = canRedraw(stdout, env) ? new LiveLine(stdout, images) : undefined;
  const show = async (text: string) => {
    live?.clear();
    await write(stdout, text);
    live?.draw();
  };
  return {
    begin: async (plan, cost) => {
      // A run that copies nothing uses no pulls.
      if (countActions(plan.images).copy > 0) await show(totalLine(plan) + costLine(cost));
    },
    finding: (finding) => show(findingLine(finding, paint)),
    event: async (event) => {
      live?.note(event);
      if (event.type === 'finished') await show(outcomeLine(event.outcome, paint));
    },
    unlisted: async (unlisted) => {
      for (const line of unlistedLines(unlisted, paint)) await show(line);
    },
    end: async (text) => {
      live?.end();
      await write(stdout, text);
    },
  };
}
