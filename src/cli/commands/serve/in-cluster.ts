import type { KubernetesApi } from '../../../kubernetes/api.ts';
import type { ConfigMapReference } from '../../../kubernetes/config-map.ts';
import type { Background } from '../../../server/following/context.ts';
import type { ServeOptions } from '../../../server/serve.ts';
import { UsageError } from '../../terminal.ts';

/** InClusterOptions are the options of `detour serve` that use the Kubernetes API. */
export interface InClusterOptions {
  readonly rulesConfigmap?: string;
  readonly namespaceRules?: boolean;
  readonly ecrPullSecret?: string;
  readonly ecrPullSecretNamespace?: readonly string[];
}

/**
 * Sets up what the server does in a cluster as well as answering reviews. It uses the Kubernetes
 * API only if an option asks for it.
 */
export async function inCluster(
  options: InClusterOptions,
  env: NodeJS.ProcessEnv,
): Promise<Pick<ServeOptions, 'rulesBroken' | 'namespaceRules' | 'background'>> {
  const { rulesConfigmap, namespaceRules, ecrPullSecret } = options;
  if ((ecrPullSecret === undefined) !== (options.ecrPullSecretNamespace === undefined)) {
    throw new UsageError(
      '--ecr-pull-secret and --ecr-pull-secret-namespace must be used together: one names the Secret, the other its namespaces',
    );
  }
  if (rulesConfigmap === undefined && !namespaceRules && ecrPullSecret === undefined) return {};
  const { KubernetesApi, inClusterAccess, podNamespace } = await import(
    '../../../kubernetes/api.ts'
  );
  const namespace = await podNamespace().catch((error: Error) => {
    throw new UsageError(
      `--rules-configmap, --namespace-rules and --ecr-pull-secret work only in a Pod: ${error.message}`,
    );
  });
  const api = new KubernetesApi(inClusterAccess(env));
  return {
    ...(rulesConfigmap !== undefined && {
      rulesBroken: await reportOnConfigMap(api, { namespace, name: rulesConfigmap }),
    }),
    ...(namespaceRules && { namespaceRules: await loadNamespaceRules(api) }),
    ...(ecrPullSecret !== undefined && {
      background: [await pullSecrets(api, ecrPullSecret, options.ecrPullSecretNamespace ?? [])],
    }),
  };
}

async function reportOnConfigMap(
  api: KubernetesApi,
  configMap: ConfigMapReference,
): Promise<NonNullable<ServeOptions['rulesBroken']>> {
  const { reportInvalid, withUid } = await import('../../../kubernetes/config-map.ts');
  return (diagnostics) => {
    const report = async () => reportInvalid(api, await withUid(api, configMap), diagnostics);
    // The log reports it as well.
    void report().catch(() => undefined);
  };
}

async function loadNamespaceRules(
  api: KubernetesApi,
): Promise<NonNullable<ServeOptions['namespaceRules']>> {
  const { followNamespaceRules } = await import('../../../server/following/namespace-rules.ts');
  return (rules, context) => followNamespaceRules(api, rules, context);
}

async function pullSecrets(
  api: KubernetesApi,
  name: string,
  namespaces: readonly string[],
): Promise<Background> {
  const { renewPullSecrets } = await import('../../../server/following/pull-secrets.ts');
  return renewPullSecrets({ api, name, namespaces });
}
