import type { NamespaceRules } from '../../admission/decide-pod.ts';
import { isMissing, type KubernetesApi } from '../../kubernetes/api.ts';
import {
  firstRulesConfigMap,
  type RulesConfigMap,
  watchRulesConfigMaps,
} from '../../kubernetes/config-map.ts';
import type { WatchEvent } from '../../kubernetes/watch.ts';
import { admitsNamespace } from '../../rules/glob.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { countResults, gauge, type Metric } from '../metrics/metric.ts';
import type { FollowContext } from './context.ts';
import { FairQueue } from './fair-queue.ts';
import { FollowedNamespace } from './followed-namespace.ts';
import { RulesPlaces, UnknownPlace } from './rules-places.ts';
import { WatchHealth } from './watch-health.ts';

/** FollowedNamespaceRules are the rules in force that namespaces add, by namespace. */
export interface FollowedNamespaceRules {
  current(): NamespaceRules;
  stop(): void;
}

/**
 * How long a namespace rests after its rules were read, in milliseconds: reading a large file takes
 * some 10 ms from reviews.
 */
const rest = 2_000;
/** How soon rules that could not be read are read again, in milliseconds. */
const retry = 5_000;
/** Only the rules of the first namespaces by name are used: memory must be bounded. */
const maxNamespaces = 300;

/**
 * Follows the rules that namespaces add for themselves. If an edit is broken, the old rules of its
 * namespace stay. Resolves when all rules have been read for the first time: what a namespace
 * denies must be denied from the first review on.
 */
export async function followNamespaceRules(
  api: KubernetesApi,
  cluster: () => RuleSet,
  context: FollowContext,
): Promise<FollowedNamespaceRules> {
  const follower = new NamespaceFollower(api, cluster, context);
  const timer = setInterval(() => follower.followCluster(), context.interval);
  timer.unref();
  await follower.begin();
  const stop = () => {
    clearInterval(timer);
    follower.stop();
  };
  return { current: () => follower.inForce, stop };
}

/**
 * NamespaceFollower reads the rules of a namespace when its ConfigMap changes or the rules of the
 * cluster do.
 */
class NamespaceFollower {
  /** The rules in force, by namespace. */
  readonly inForce = new Map<string, RuleSet>();
  readonly #api: KubernetesApi;
  readonly #cluster: () => RuleSet;
  readonly #logger: FollowContext['logger'];
  readonly #reads = countResults(
    'detour_namespace_rules_reads_total',
    'Lists of the ConfigMaps with rules of namespaces and reads of changed ones, by result.',
  );
  readonly #places = new RulesPlaces();
  readonly #entries = new Map<string, FollowedNamespace>();
  readonly #queue = new FairQueue((namespace) => this.#refresh(namespace), { rest, retry });
  #rules: RuleSet | undefined;
  #names: readonly string[] | undefined;
  #counted: ReadonlySet<string> = new Set();
  #stopWatch: (() => void) | undefined;
  readonly #health: WatchHealth;
  #listed: () => void = () => undefined;

  constructor(api: KubernetesApi, cluster: () => RuleSet, { metrics, logger }: FollowContext) {
    this.#api = api;
    this.#cluster = cluster;
    this.#logger = logger;
    this.#health = new WatchHealth((reason) =>
      logger.error({ reason }, 'the rules of namespaces cannot be watched; the old ones stay'),
    );
    metrics.register(
      this.#reads,
      countEntries(this.#entries),
      gauge(
        'detour_namespace_rules_watched',
        '1 if changes to the ConfigMaps with rules of namespaces are watched, 0 if the watch has failed.',
        () => Number(this.#health.isWatching),
      ),
    );
  }

  /** Begins to follow. Resolves when all rules have been read for the first time. */
  async begin(): Promise<void> {
    const listed = new Promise<void>((resolve) => {
      this.#listed = resolve;
    });
    this.followCluster();
    // If the cluster's file does not allow namespace rules, the API is not asked.
    if (this.#stopWatch === undefined) return;
    await listed;
    await this.#queue.idle();
  }

  /** Applies changed rules of the cluster: they may allow, end or limit the rules of namespaces. */
  followCluster(): void {
    const rules = this.#cluster();
    if (rules === this.#rules) return;
    this.#rules = rules;
    this.#names = undefined;
    if (rules.file.namespaceRules === undefined) this.#end();
    else this.#stopWatch ??= watchRulesConfigMaps(this.#api, (event) => this.#take(event));
    for (const namespace of this.#places.names()) this.#queue.add(namespace);
  }

  stop(): void {
    this.#end();
    this.#queue.stop();
  }

  #end(): void {
    this.#stopWatch?.();
    this.#stopWatch = undefined;
    this.#health.isWatching = false;
    this.#places.clear();
    this.#entries.clear();
    this.inForce.clear();
    this.#listed();
  }

  #take(event: WatchEvent<RulesConfigMap>): void {
    for (const namespace of this.#places.take(event)) this.#queue.add(namespace);
    this.#health.take(event);
    if (event.type === 'listed') {
      this.#reads.add('success');
      this.#listed();
    } else if (event.type === 'failed') this.#reads.add('failure');
  }

  /** Reads what has changed for one namespace, and reports whether that succeeded. */
  async #refresh(namespace: string): Promise<boolean> {
    try {
      const place = this.#places.of(namespace);
      if (place instanceof UnknownPlace) {
        const found = await firstRulesConfigMap(this.#api, namespace);
        this.#places.settle(namespace, place, found);
      }
      this.#recount();
      await this.#readFrom(namespace);
      return true;
    } catch (error) {
      // The ConfigMap is gone, and the event that reports it is on its way.
      if (isMissing(error)) return true;
      this.#reads.add('failure');
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.warn({ namespace, reason }, 'the rules of a namespace cannot be read');
      return false;
    }
  }

  async #readFrom(namespace: string): Promise<void> {
    const place = this.#places.of(namespace);
    // An event has arrived since the API was asked. The namespace gets another turn.
    if (place instanceof UnknownPlace) return;
    if (place === undefined || !this.#counted.has(namespace)) {
      this.#entries.delete(namespace);
      this.inForce.delete(namespace);
      return;
    }
    const entry = this.#entries.get(namespace) ?? new FollowedNamespace();
    const context = { api: this.#api, cluster: this.#rules as RuleSet, logger: this.#logger };
    const isChanged = await entry.refresh(place, context);
    // The cluster's file may have withdrawn its permission meanwhile.
    if (!isChanged || this.#stopWatch === undefined) return;
    this.#reads.add('success');
    this.#entries.set(namespace, entry);
    if (entry.ruleSet === undefined) this.inForce.delete(namespace);
    else this.inForce.set(namespace, entry.ruleSet);
  }

  /** Finds the namespaces whose rules are used, if a namespace was added or is gone. */
  #recount(): void {
    const names = this.#places.names();
    if (names === this.#names) return;
    this.#names = names;
    const admitted = names.filter((name) =>
      admitsNamespace(this.#rules?.file.namespaceRules?.namespaces, name),
    );
    const before = this.#counted;
    const counted = new Set(admitted.slice(0, maxNamespaces));
    this.#counted = counted;
    // A namespace that is first by name displaces another one, and one that is gone makes room.
    for (const name of before) if (!counted.has(name)) this.#queue.add(name);
    for (const name of counted) if (!before.has(name)) this.#queue.add(name);
    if (admitted.length > maxNamespaces && before.size < maxNamespaces) {
      const reason = `${admitted.length} namespaces have rules: only the first ${maxNamespaces} by name are used`;
      this.#logger.warn({ reason }, 'the rules of some namespaces are not used');
    }
  }
}

function countEntries(entries: ReadonlyMap<string, FollowedNamespace>): Metric {
  const count = (wanted: boolean) =>
    [...entries.values()].filter(({ isValid }) => isValid === wanted).length;
  return {
    name: 'detour_namespace_rules',
    help: 'Namespaces that have their own rules, by whether their current rules are in force.',
    type: 'gauge',
    samples: () => [
      { value: count(true), labels: { state: 'valid' } },
      { value: count(false), labels: { state: 'invalid' } },
    ],
  };
}
