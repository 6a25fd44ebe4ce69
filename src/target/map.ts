import { mutationAbilities, mutationOf } from './cel/mutation.ts';
import { metadata, write } from './cel/policy.ts';
import { madeBy, type Target } from './contract/target.ts';

/** Lets the API server itself rewrite images: no Pod, no certificate, no network. */
export const mutatingAdmissionPolicy: Target = {
  name: 'map',
  title:
    'MutatingAdmissionPolicy: the webhook without a server (Kubernetes 1.36, 1.34 with api v1beta1)',
  abilities: mutationAbilities,
  takes: ['name', 'api', 'includeKubeSystem', 'excludeNamespace'],
  compile(ruleSet, { name, api, ...settings }) {
    const { spec, variables, diagnostics } = mutationOf(ruleSet, settings);
    const apiVersion = `admissionregistration.k8s.io/${api}`;
    const policy = {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata: metadata(name),
      spec,
    };
    const binding = {
      apiVersion,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: metadata(name),
      spec: { policyName: name },
    };
    const comment = `${madeBy('map')} Apply with \`kubectl apply --server-side\`.`;
    const text = write([policy, binding], { comment, variables });
    return { documents: [{ path: 'mutating-admission-policy.yaml', text }], diagnostics };
  },
};
