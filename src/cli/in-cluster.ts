import type { ServeOptions } from '../server/serve.ts';
import { UsageError } from './terminal.ts';

export interface InClusterOptions {
  readonly rulesConfigmap?: string;
  readonly namespaceRules?: boolean;
}

/** What a server does in a cluster beside answering reviews; nothing, and no access to its API, unless asked for. */
export async function inCluster(
  { rulesConfigmap, namespaceRules }: InClusterOptions,
  env: NodeJS.ProcessEnv,
): Promise<Pick<ServeOptions, 'rulesBroken' | 'namespaceRules'>> {
  if (rulesConfigmap === undefined && namespaceRules !== true) return {};
  const { KubernetesApi, inClusterAccess, ownNamespace } = await import('../kubernetes/api.ts');
  const namespace = await ownNamespace().catch((error: Error) => {
    throw new UsageError(`--rules-configmap and --namespace-rules are for Pods: ${error.message}`);
  });
  const api = new KubernetesApi(inClusterAccess(env));
  const { tellInvalid, withUid } = await import('../kubernetes/config-map.ts');
  const { keepNamespaceRules } = await import('../server/live-namespace-rules.ts');
  return {
    ...(rulesConfigmap !== undefined && {
      rulesBroken: (diagnostics) => {
        const tell = async () =>
          tellInvalid(api, await withUid(api, { namespace, name: rulesConfigmap }), diagnostics);
        // The log has it as well.
        void tell().catch(() => undefined);
      },
    }),
    ...(namespaceRules && {
      namespaceRules: (rules, context) => keepNamespaceRules(api, rules, context),
    }),
  };
}
