/** Defines what is measured: rules, Pods whose images they all change, and ways to change them. */
import { compileRules } from '../../dist/rules/compile.js';
import { defaultSettings } from '../../dist/target/contract/options.js';
import { mutatingAdmissionPolicy } from '../../dist/target/map.js';

const mirror = 'mirror.example.com';
/** Rules for whole registries, one of them with a wildcard. */
const common = [
  { from: 'docker.io', to: `${mirror}/docker` },
  { from: 'quay.io', to: `${mirror}/quay` },
  { from: 'k8s.gcr.io', to: `${mirror}/k8s` },
  { from: 'registry.k8s.io', to: `${mirror}/kubernetes` },
  { from: '*.gcr.io', to: `${mirror}/\${registry}` },
];
const repositories = [
  '',
  'quay.io/',
  'k8s.gcr.io/',
  'registry.k8s.io/',
  'eu.gcr.io/',
  'docker.io/grafana/',
  ...[0, 1, 2, 3].map((n) => `registry${n}.example.com/team${n}/`),
];

/** Returns a rules file of `count` rules: half of the first ten are for parts of registries. */
export function rulesFile(count) {
  const parts = Array.from({ length: count - common.length }, (_, n) => ({
    from: `registry${n}.example.com/team${n}`,
    to: `${mirror}/team${n}`,
  }));
  return { version: 1, rules: [...common, ...parts] };
}

/** Returns a Pod whose images all differ and are all sent to the mirror. */
export function podOf(containers) {
  const images = Array.from({ length: containers }, (_, n) => ({
    name: `c${n}`,
    image: `${repositories[n % repositories.length]}app-${n}:v1.2.${n}`,
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'bench' },
    spec: { containers: images },
  };
}

/** Reports whether every image of a Pod was changed. */
export function isChanged({ spec }) {
  return spec.containers.every(({ image }) => image.startsWith(`${mirror}/`));
}

/** Returns the policy that `detour compile map` makes of a rules file. */
export function compiledPolicy(file, name) {
  const { ruleSet } = compileRules(file);
  if (ruleSet === undefined) throw new Error('the rules are not valid');
  const [document] = mutatingAdmissionPolicy.compile(ruleSet, {
    ...defaultSettings,
    name,
  }).documents;
  return document.text;
}

/** Returns a policy without variables and conditions that only writes a constant for every image. */
export function floorPolicy(name) {
  const image = `"${mirror}/quay/app:v1.2.3"`;
  const expression = `object.spec.containers.transformList(i, c, JSONPatch{op: "replace", path: "/spec/containers/" + string(i) + "/image", value: ${image}})`;
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const policy = {
    apiVersion,
    kind: 'MutatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Ignore',
      reinvocationPolicy: 'IfNeeded',
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
        ],
      },
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
    },
  };
  const binding = {
    apiVersion,
    kind: 'MutatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name },
  };
  return [policy, binding].map((each) => JSON.stringify(each)).join('\n---\n');
}
