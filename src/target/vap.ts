import { metadata, write } from './cel/policy.ts';
import { validationOf } from './cel/validation.ts';
import { madeBy, type Target } from './contract/target.ts';

/**
 * Judges what every mutation left: refuses images that would still be pulled from elsewhere. Only
 * what the author of the rules says counts (`keep`, `namespaces`). What the author of a Pod writes
 * has no effect, whatever `exits` says: the bypass, annotations, labels, and all that `skip` names.
 */
export const validatingAdmissionPolicy: Target = {
  name: 'vap',
  title: 'ValidatingAdmissionPolicy: only the mirror, and what keep names (Kubernetes 1.30)',
  abilities: {
    paths: 'yes',
    wildcards: 'yes',
    keep: 'yes',
    deny: 'yes',
    library: 'no',
    namespaces: 'yes',
    bypass: 'yes',
  },
  takes: ['name', 'api', 'mode', 'includeKubeSystem', 'excludeNamespace'],
  compile(ruleSet, { name, api, ...settings }) {
    const { spec, variables, diagnostics } = validationOf(ruleSet, settings);
    const apiVersion = `admissionregistration.k8s.io/${api}`;
    const policy = {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: metadata(name),
      spec,
    };
    const validationActions = [{ warn: 'Warn', audit: 'Audit', deny: 'Deny' }[settings.mode]];
    const binding = {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: metadata(name),
      spec: { policyName: name, validationActions },
    };
    const comment = `${madeBy('vap')} Apply with \`kubectl apply --server-side\`.`;
    const text = write([policy, binding], { comment, variables });
    return { documents: [{ path: 'validating-admission-policy.yaml', text }], diagnostics };
  },
};
