import { EarlierImages } from '../../../layout/earlier-images.ts';
import { withLayout } from '../../../layout/with-layout.ts';
import { PullBudget } from '../../../mirror/pull-budget.ts';
import { MirrorRepositories } from '../../../mirror/repositories.ts';
import type { Shard } from '../../../mirror/shard.ts';
import { filterMistakes } from '../../../mirror/tags/filter-mistakes.ts';
import { RegistryClient } from '../../../registry/client.ts';
import type { ClientEvent } from '../../../registry/client-event.ts';
import { registryCredentials } from '../../../registry/credentials/registry-credentials.ts';
import type { RuleSet } from '../../../rules/rule-set.ts';
import { requireRules } from '../../input/rules-file.ts';
import {
  exitCodeAfter,
  OutputError,
  outliveOutput,
  type Terminal,
  UsageError,
} from '../../terminal.ts';
import { type Carrying, checkCarried, listCarried, openCarrying, saveCarried } from './carrying.ts';
import { type Filling, fillMirror } from './fill.ts';
import { requireKept } from './kept-files.ts';
import { type ListedImages, readListedImages } from './listed-images.ts';
import { showLooking } from './looking.ts';
import { makePlan } from './make-plan.ts';
import { prepareMetrics } from './metrics/publish-metrics.ts';
import type { RunMetrics } from './metrics/run-metrics.ts';
import { readRate, requireFit, type SyncOptions } from './options.ts';
import { printPlan } from './print-plan.ts';
import { prepareReports } from './report/report-files.ts';
import { leaveError } from './report/termination-message.ts';
import { searchUnlisted } from './search-unlisted.ts';
import { readShard } from './shard-option.ts';
import { takeStopSignals } from './stop-signals.ts';
import { printWarnings } from './warnings.ts';

/**
 * Copies the listed images to where the rules send them. Returns 0 if everything listed is there, 3
 * if a part of it is, 1 if nothing is; with `--plan` and `--check` 1 if they found something.
 */
export async function sync(options: SyncOptions, terminal: Terminal): Promise<number> {
  requireFit(options);
  // Metrics, reports and the list of what is left are due also if nobody reads the output.
  const output = new AbortController();
  let failure: OutputError | undefined;
  outliveOutput(terminal.stdout, (error) => {
    if (error.code !== 'EPIPE') failure ??= new OutputError(error);
    output.abort();
  });
  const shard = readShard(options.shard);
  const publisher = await prepareMetrics(options, terminal);
  try {
    const given = { options, shard, metrics: publisher?.metrics, outputClosed: output.signal };
    const exitCode = await run(given, terminal);
    if (failure !== undefined) throw failure;
    await publisher?.publish(exitCode);
    return exitCode;
  } catch (error) {
    const exitCode = exitCodeAfter(error);
    await publisher?.publish(exitCode);
    await leaveError(options.terminationMessage, { error: error as Error, shard, exitCode });
    throw error;
  }
}

/** Given is what a run is started with. */
interface Given {
  readonly options: SyncOptions;
  readonly shard: Shard;
  readonly metrics: RunMetrics | undefined;
  /** Aborted if nobody reads the output. */
  readonly outputClosed: AbortSignal;
}

async function run(given: Given, terminal: Terminal): Promise<number> {
  const { options } = given;
  const maxRate = readRate(options.maxRate);
  const reports = await prepareReports(options);
  const { ruleSet, source } = await requireRules(options.rules, terminal, {
    withoutFile: 'refusal',
    examine: filterMistakes,
  });
  const rules = { ruleSet, rulesFile: source.name };
  await requireKept(options, rules);
  const referrers = ruleSet.file.sync?.referrers ?? true;
  if (options.recheckReferrers && !referrers)
    throw new UsageError(
      `--recheck-referrers: ${source.name} says sync.referrers: false, which leaves them out: remove one of them`,
    );
  const carrying = await openCarrying(options, maxRate);
  try {
    const carried = carrying?.isExport === false ? await listCarried(carrying) : undefined;
    const listed = await readListedImages(options.list, rules, terminal, carried);
    const running = { ...given, maxRate, reports, rules, listed, referrers, carrying };
    return await saveCarried(carrying, terminal, await copyListed(running, terminal));
  } finally {
    await carrying?.layout.close();
  }
}

/** Running is what the options, the rules file and the lists say. */
interface Running extends Given {
  readonly maxRate: number | undefined;
  readonly reports: Filling['reports'];
  readonly rules: { readonly ruleSet: RuleSet; readonly rulesFile: string };
  readonly listed: ListedImages;
  readonly referrers: boolean;
  readonly carrying: Carrying | undefined;
}

async function copyListed(running: Running, terminal: Terminal): Promise<number> {
  const { options, shard, outputClosed, maxRate, reports, metrics } = running;
  const { listed, referrers, carrying } = running;
  const { ruleSet, rulesFile } = running.rules;
  const stop = takeStopSignals(outputClosed);
  const budget = new PullBudget();
  const warn = printWarnings(terminal);
  let requests = 0;
  const registries = new RegistryClient({
    registries: ruleSet.registries,
    credentials: registryCredentials(terminal.env, stop.signal),
    env: terminal.env,
    on: (event: ClientEvent) => {
      if (event.type === 'request') requests++;
      budget.note(event);
      metrics?.note(event);
      warn(event);
    },
    ...(maxRate !== undefined && { maxRate }),
  });
  const layout = carrying?.layout;
  const earlier =
    layout && !carrying?.isExport ? new EarlierImages(registries, layout, ruleSet) : undefined;
  const client = withLayout(registries, layout, earlier);
  const repositories = new MirrorRepositories(ruleSet.registries, terminal.env);
  const end = () => {
    registries.close();
    void repositories.close();
  };
  stop.signal.addEventListener('abort', end, { once: true });
  try {
    const asksAll = options.plan === true || options.check === true;
    const platforms = ruleSet.file.sync?.platforms ?? 'all';
    const show = showLooking(terminal);
    const planned = await makePlan(listed, {
      client,
      ruleSet,
      carrying,
      shard,
      asksAll,
      platforms,
      signal: stop.signal,
      show,
      budget,
      requests: () => requests,
    });
    show.end();
    const searching = options.unlisted
      ? { client, ruleSet, lists: options.list, signal: stop.signal }
      : undefined;
    if (asksAll) {
      stop.signal.throwIfAborted();
      const unlisted = await searchUnlisted(planned.plan, [], searching);
      return await printPlan({ ...planned, unlisted }, platforms, options, terminal);
    }
    const plan = await checkCarried(planned.plan, carrying, {
      platforms,
      referrers,
      earlier,
      signal: stop.signal,
      terminal,
    });
    return await fillMirror(
      { ...planned, plan },
      {
        options,
        reports,
        metrics,
        terminal,
        rulesFile,
        searching,
        applying: {
          client,
          budget,
          platforms,
          referrers,
          rechecksReferrers: options.recheckReferrers ?? false,
          repositories,
          signal: stop.signal,
        },
      },
    );
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    terminal.stderr.write('detour: stopped before all registries had answered\n');
    return 1;
  } finally {
    registries.close();
    await repositories.close();
    stop.release();
  }
}
