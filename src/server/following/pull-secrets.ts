import { getEcrToken } from '../../ecr/login.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import { type PullSecretState, refreshPullSecrets } from '../../kubernetes/pull-secret.ts';
import { countResults, type Metric } from '../metrics/metric.ts';
import type { Background } from './context.ts';
import { repeated } from './repeat.ts';

/** RenewalOptions name the Secrets to renew: one in each namespace. */
export interface RenewalOptions {
  readonly api: KubernetesApi;
  readonly name: string;
  readonly namespaces: readonly string[];
}

/** How often the Secrets are checked, in milliseconds. AWS is asked twice a day. */
const interval = 60_000;

/**
 * Returns work that renews the tokens in Secrets for the ECR registries that the rules name, before
 * they expire.
 */
export function renewPullSecrets(options: RenewalOptions): Background {
  return (rules, { metrics, logger }) => {
    const refreshes = countResults(
      'detour_ecr_refreshes_total',
      'Renewals of pull secrets by this replica, by result.',
    );
    let states: readonly PullSecretState[] = [];
    metrics.register(
      refreshes,
      firstExpiry(() => states),
    );
    const hosts = () => [...rules().destinations.keys()];
    const refreshing = repeated(
      async () => {
        const now = await refreshPullSecrets({ ...options, hosts, getToken: getEcrToken });
        states = now.map((state) => ({
          ...state,
          expiresAt: state.expiresAt ?? lastExpiry(states, state),
        }));
        for (const { namespace, renewed, problems } of now) {
          for (const region of renewed) logger.info({ namespace, region }, 'pull secret renewed');
          refreshes.add('success', renewed.length);
          refreshes.add('failure', problems.length);
        }
        const problems = describeProblems(now);
        if (problems !== '') throw new Error(problems);
      },
      {
        interval,
        failed: (reason) =>
          logger.error({ reason }, `the pull secrets ${options.name} could not be renewed`),
      },
    );
    void refreshing.run().then(refreshing.start);
    return refreshing.stop;
  };
}

/** Returns the expiry that was seen last, for a Secret that cannot be read now. */
function lastExpiry(
  states: readonly PullSecretState[],
  { namespace }: PullSecretState,
): number | undefined {
  return states.find((state) => state.namespace === namespace)?.expiresAt;
}

function describeProblems(states: readonly PullSecretState[]): string {
  const lines = states.flatMap(({ namespace, problems }) =>
    problems.map((problem) => `${namespace}: ${problem}`),
  );
  return lines.join('; ');
}

function firstExpiry(states: () => readonly PullSecretState[]): Metric {
  return {
    name: 'detour_ecr_token_expiry_timestamp_seconds',
    help: 'Unix time at which the first token in the pull secret of a namespace expires.',
    type: 'gauge',
    samples: () =>
      states().flatMap(({ namespace, expiresAt }) =>
        expiresAt === undefined
          ? []
          : { value: expiresAt / 1000, labels: { secret_namespace: namespace } },
      ),
  };
}
