import type { KubernetesApi } from '../../../kubernetes/api.ts';
import type { LastGoodRules } from '../../../kubernetes/last-good-rules.ts';
import type { Background } from '../../../server/following/context.ts';
import type { ServeOptions } from '../../../server/serve.ts';
import { reviewPaths } from '../../../server/webhook.ts';
import { notOptedOut } from '../../../workload/opt-out.ts';
import { UsageError } from '../../terminal.ts';
import type { CertificateOptions } from './serving-certificate.ts';

/** InClusterOptions are the options of `detour serve` that use the Kubernetes API. */
export interface InClusterOptions
  extends Pick<CertificateOptions, 'tlsCert' | 'certificateSecret' | 'webhookConfiguration'> {
  readonly publicCa?: boolean;
  readonly rulesConfigmap?: string;
  readonly lastGoodRules?: string;
  readonly namespaceRules?: boolean;
  readonly ecrPullSecret?: string;
  readonly ecrPullSecretNamespace?: readonly string[];
}

/** InCluster is what a server does in a cluster as well as answering reviews. */
export interface InCluster {
  /** Where the rules come from if the rules file cannot be used. */
  readonly lastGoodRules?: LastGoodRules;
  readonly serve: Pick<
    ServeOptions,
    'registration' | 'rulesListener' | 'namespaceRules' | 'background'
  >;
}

/**
 * Sets up what the server does in a cluster. It uses the Kubernetes API only if an option asks for
 * it.
 */
export async function inCluster(
  options: InClusterOptions,
  env: NodeJS.ProcessEnv,
): Promise<InCluster> {
  const { webhookConfiguration, rulesConfigmap, lastGoodRules, namespaceRules, ecrPullSecret } =
    options;
  if ((ecrPullSecret === undefined) !== (options.ecrPullSecretNamespace === undefined)) {
    throw new UsageError(
      '--ecr-pull-secret and --ecr-pull-secret-namespace must be used together: one names the Secret, the other its namespaces',
    );
  }
  if (
    webhookConfiguration !== undefined &&
    (options.certificateSecret ?? options.tlsCert) === undefined
  ) {
    throw new UsageError(
      '--webhook-configuration needs a certificate that API servers trust: add --certificate-secret, or --tls-cert and --tls-key',
    );
  }
  const names = [webhookConfiguration, rulesConfigmap, lastGoodRules, ecrPullSecret];
  if (!namespaceRules && names.every((name) => name === undefined)) return { serve: {} };
  const { KubernetesApi, inClusterAccess, podNamespace } = await import(
    '../../../kubernetes/api.ts'
  );
  const namespace = await podNamespace().catch((error: Error) => {
    throw new UsageError(
      `--webhook-configuration, --rules-configmap, --last-good-rules, --namespace-rules and --ecr-pull-secret work only in a Pod: ${error.message}`,
    );
  });
  const api = new KubernetesApi(inClusterAccess(env));
  const configMap =
    rulesConfigmap === undefined ? undefined : await watchRules(api, namespace, rulesConfigmap);
  const kept =
    lastGoodRules === undefined ? undefined : await keepRules(api, namespace, lastGoodRules);
  const tokens =
    ecrPullSecret === undefined
      ? undefined
      : await pullSecrets(api, ecrPullSecret, options.ecrPullSecretNamespace ?? []);
  return {
    ...(kept !== undefined && { lastGoodRules: kept.copy }),
    serve: {
      rulesListener: {
        ...(configMap !== undefined && { broken: configMap.broken }),
        ...(kept !== undefined && { accepted: kept.accepted }),
      },
      ...(namespaceRules && { namespaceRules: await loadNamespaceRules(api) }),
      ...(webhookConfiguration !== undefined && {
        registration: await keepRegistration(api, namespace, webhookConfiguration, options),
      }),
      background: [configMap?.watch, kept?.background, tokens].filter(
        (begin): begin is Background => begin !== undefined,
      ),
    },
  };
}

async function keepRegistration(
  api: KubernetesApi,
  namespace: string,
  name: string,
  { publicCa: hasPublicCa = false }: InClusterOptions,
): Promise<NonNullable<ServeOptions['registration']>> {
  const upkeep = await import('../../../server/following/registration-upkeep.ts');
  const exemption = [notOptedOut.key, notOptedOut.values[0]] as const;
  return upkeep.keepRegistration({
    api,
    name,
    namespace,
    exemption,
    hasPublicCa,
    paths: reviewPaths,
  });
}

async function watchRules(api: KubernetesApi, namespace: string, name: string) {
  const { MountedRules } = await import('../../../server/following/mounted-rules.ts');
  return new MountedRules(api, { namespace, name });
}

async function keepRules(api: KubernetesApi, namespace: string, name: string) {
  const { LastGoodRules } = await import('../../../kubernetes/last-good-rules.ts');
  const { keepLastGoodRules } = await import('../../../server/following/last-good-rules.ts');
  const copy = new LastGoodRules(api, { namespace, name });
  return { copy, ...keepLastGoodRules(copy) };
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
