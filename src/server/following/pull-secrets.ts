import { getEcrToken } from '../../ecr/login.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import { type PullSecretState, refreshPullSecrets } from '../../kubernetes/pull-secret.ts';
import { countResults, type Metric } from '../metrics/metric.ts';
import type { Background } from './context.ts';
import { repeated } from './repeat.ts';

export interface RenewalOptions {
  readonly api: KubernetesApi;
  readonly name: string;
  readonly namespaces: readonly string[];
}

/** How often the Secrets are looked at, in milliseconds; AWS is asked twice a day. */
const interval = 60_000;

/** Keeps Secrets with tokens for the ECR registries that the rules name fresh, beside the reviews. */
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
        const problems = problemsOf(now);
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

/** What cannot be read now is as old as it was. */
function lastExpiry(
  states: readonly PullSecretState[],
  { namespace }: PullSecretState,
): number | undefined {
  return states.find((state) => state.namespace === namespace)?.expiresAt;
}

function problemsOf(states: readonly PullSecretState[]): string {
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
