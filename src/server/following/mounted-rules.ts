import type { KubernetesApi } from '../../kubernetes/api.ts';
import { type ConfigMapReference, watchConfigMap, withUid } from '../../kubernetes/config-map.ts';
import { type ConfigMapEvent, reportEvent } from '../../kubernetes/config-map-event.ts';
import type { ObjectEvent } from '../../kubernetes/watch.ts';
import { gauge } from '../metrics/metric.ts';
import type { Background, FollowContext } from './context.ts';
import { WatchHealth } from './watch-health.ts';

/**
 * MountedRules is the ConfigMap that the rules file is mounted from. Events on it report what is
 * wrong with the rules, if the service account may create Events; the log reports it as well.
 */
export class MountedRules {
  readonly #api: KubernetesApi;
  readonly #configMap: ConfigMapReference;

  constructor(api: KubernetesApi, configMap: ConfigMapReference) {
    this.#api = api;
    this.#configMap = configMap;
  }

  /** Reports what is wrong with the rules file. */
  readonly broken = (problems: readonly string[]): void => {
    const report = async () =>
      await reportEvent(this.#api, await withUid(this.#api, this.#configMap), {
        type: 'Warning',
        reason: 'RulesInvalid',
        lines: problems,
      });
    void report().catch(() => undefined);
  };

  /** Reports when the ConfigMap is deleted, and when it is back. Mounted files do not show it. */
  readonly watch: Background = (_rules, context) => {
    const presence = new Presence(this.#configMap, context, (configMap, event) => {
      void reportEvent(this.#api, configMap, event).catch(() => undefined);
    });
    context.metrics.register(
      gauge(
        'detour_rules_configmap_present',
        '1 if the ConfigMap with the rules exists, 0 if it is deleted and its last rules are in force.',
        () => Number(presence.isPresent),
      ),
    );
    return watchConfigMap(this.#api, this.#configMap, (event) => presence.take(event));
  };
}

/** Presence is whether a ConfigMap exists, as the events of a watch say. */
class Presence {
  /** True until the API server has answered: what is not known is not reported as missing. */
  isPresent = true;
  /** With the uid that it had last. */
  #configMap: ConfigMapReference;
  readonly #logger: FollowContext['logger'];
  readonly #report: (configMap: ConfigMapReference, event: ConfigMapEvent) => void;
  readonly #health: WatchHealth;

  constructor(
    configMap: ConfigMapReference,
    { logger }: FollowContext,
    report: (configMap: ConfigMapReference, event: ConfigMapEvent) => void,
  ) {
    this.#configMap = configMap;
    this.#logger = logger;
    this.#report = report;
    this.#health = new WatchHealth((reason) =>
      logger.warn({ reason }, 'the ConfigMap with the rules cannot be watched'),
    );
  }

  take(event: ObjectEvent<ConfigMapReference>): void {
    this.#health.take(event);
    if (event.type !== 'now') return;
    this.#configMap = event.object ?? this.#configMap;
    this.#change(event.object !== undefined);
  }

  #change(isPresent: boolean): void {
    if (isPresent === this.isPresent) return;
    this.isPresent = isPresent;
    const { namespace, name } = this.#configMap;
    const configMap = `${namespace}/${name}`;
    if (isPresent) {
      const message = 'the ConfigMap with the rules is back';
      this.#logger.info({ configMap }, message);
      this.#report(this.#configMap, { type: 'Normal', reason: 'RulesReturned', lines: [message] });
    } else {
      const message = 'the ConfigMap with the rules is deleted; its last rules stay in force';
      this.#logger.error({ configMap }, message);
      this.#report(this.#configMap, { type: 'Warning', reason: 'RulesDeleted', lines: [message] });
    }
  }
}
