import { getEcrToken } from '../ecr/login.ts';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { type PullSecretState, refreshPullSecrets } from '../kubernetes/pull-secret.ts';
import { countResults, type Metric } from './metric.ts';
import type { Background } from './serve.ts';

export interface KeepPullSecretsOptions {
  readonly api: KubernetesApi;
  readonly name: string;
  readonly namespaces: readonly string[];
}

/** How often the Secrets are looked at, in milliseconds; AWS is asked twice a day. */
const interval = 60_000;

/** Keeps Secrets with tokens for the ECR registries that the rules name fresh, beside the reviews. */
export function keepPullSecrets(options: KeepPullSecretsOptions): Background {
  return (rules, { metrics, logger }) => {
    const refreshes = countResults(
      'detour_ecr_refreshes_total',
      'Pull secrets that this replica renewed, and failed to.',
    );
    let states: readonly PullSecretState[] = [];
    let lastProblems = '';
    let isStopped = false;
    let timer: NodeJS.Timeout;
    metrics.register(
      refreshes,
      firstExpiry(() => states),
    );
    const hosts = () => [...rules().targets.keys()];
    const look = async () => {
      // Never throws: what fails stands in the states.
      states = await refreshPullSecrets({ ...options, hosts, getToken: getEcrToken });
      for (const { namespace, renewed, problems } of states) {
        for (const region of renewed) logger.info({ namespace, region }, 'pull secret renewed');
        refreshes.add('success', renewed.length);
        refreshes.add('failure', problems.length);
      }
      const problems = problemsOf(states);
      // Tried again each time, told once.
      if (problems !== '' && problems !== lastProblems) {
        logger.error({ secret: options.name, problems }, 'pull secrets could not be kept fresh');
      }
      lastProblems = problems;
      if (isStopped) return;
      timer = setTimeout(() => void look(), interval);
      timer.unref();
    };
    void look();
    return () => {
      isStopped = true;
      clearTimeout(timer);
    };
  };
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
    help: 'When the first token in the pull secret of a namespace expires.',
    type: 'gauge',
    samples: () =>
      states().flatMap(({ namespace, expiresAt }) =>
        expiresAt === undefined ? [] : { value: expiresAt / 1000, labels: { namespace } },
      ),
  };
}
