import { PullBudget } from '../../../mirror/pull-budget.ts';
import { MirrorRepositories } from '../../../mirror/repositories.ts';
import { filterMistakes } from '../../../mirror/tags/filter-mistakes.ts';
import { RegistryClient } from '../../../registry/client.ts';
import type { ClientEvent } from '../../../registry/client-event.ts';
import { registryCredentials } from '../../../registry/credentials/registry-credentials.ts';
import { requireRules } from '../../input/rules-file.ts';
import { exitCodeAfter, type Terminal, UsageError } from '../../terminal.ts';
import { fillMirror } from './fill.ts';
import { requireKept } from './kept-files.ts';
import { readListedImages } from './listed-images.ts';
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
  const shard = readShard(options.shard);
  const publisher = await prepareMetrics(options, terminal);
  try {
    const exitCode = await run(options, publisher?.metrics, terminal);
    await publisher?.publish(exitCode);
    return exitCode;
  } catch (error) {
    const exitCode = exitCodeAfter(error);
    await publisher?.publish(exitCode);
    await leaveError(options.terminationMessage, { error: error as Error, shard, exitCode });
    throw error;
  }
}

async function run(
  options: SyncOptions,
  metrics: RunMetrics | undefined,
  terminal: Terminal,
): Promise<number> {
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
  const listed = await readListedImages(options.list, rules, terminal);
  const stop = takeStopSignals();
  const budget = new PullBudget();
  const warn = printWarnings(terminal);
  let requests = 0;
  const client = new RegistryClient({
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
  const repositories = new MirrorRepositories(ruleSet.registries, terminal.env);
  const end = () => {
    client.close();
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
      shard: readShard(options.shard),
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
    return await fillMirror(planned, {
      options,
      reports,
      metrics,
      terminal,
      rulesFile: source.name,
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
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    terminal.stderr.write('detour: stopped before all registries had answered\n');
    return 1;
  } finally {
    client.close();
    await repositories.close();
    stop.release();
  }
}
