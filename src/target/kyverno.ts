import { mutationAbilities, mutationOf } from './cel/mutation.ts';
import { metadata, write } from './cel/policy.ts';
import { madeBy, type Target } from './contract/target.ts';

/**
 * Writes the same CEL as for the API server itself, for clusters that have Kyverno or an older
 * Kubernetes.
 */
export const kyverno: Target = {
  name: 'kyverno',
  title:
    'MutatingPolicy of Kyverno 1.17 (1.16 with api v1beta1): the same CEL, on older Kubernetes',
  abilities: mutationAbilities,
  takes: ['name', 'api', 'includeKubeSystem', 'excludeNamespace'],
  compile(ruleSet, { name, api, ...settings }) {
    const { spec, variables, diagnostics } = mutationOf(ruleSet, settings);
    const policy = {
      apiVersion: `policies.kyverno.io/${api}`,
      kind: 'MutatingPolicy',
      metadata: metadata(name),
      // Rewritten is what a Pod pulls; rewriting Deployments as well would show in every GitOps
      // tool.
      spec: { autogen: { podControllers: { controllers: [] } }, ...spec },
    };
    const comment = `${madeBy('kyverno')} Apply with \`kubectl apply --server-side\`.`;
    const text = write([policy], { comment, variables });
    return { documents: [{ path: 'kyverno-mutating-policy.yaml', text }], diagnostics };
  },
};
