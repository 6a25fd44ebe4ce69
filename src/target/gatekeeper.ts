import type { Diagnostic } from '../rules/diagnostic.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { metadata, withoutNamespaceRules, withoutStrictDenials } from './cel-policy.ts';
import { matchOf } from './gatekeeper-match.ts';
import { madeBy, notExpressible, type Target } from './target.ts';
import { writeYaml } from './yaml.ts';

/** AssignImage knows no condition on the image, so Gatekeeper asks for each image what becomes of it. */
export const gatekeeper: Target = {
  name: 'gatekeeper',
  title: 'Gatekeeper 3.23 asks `detour serve --external-data` for the images of new Pods',
  needs: ['url', 'caBundle'],
  abilities: {
    paths: 'yes',
    wildcards: 'yes',
    keep: 'yes',
    deny: 'no',
    library: 'yes',
    namespaces: 'partly',
    bypass: 'yes',
  },
  takes: ['name'],
  compile(ruleSet, { name, url = '', caBundle = '' }) {
    const provider = {
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'Provider',
      metadata: metadata(name),
      // Gatekeeper's own webhook has a second.
      spec: { url, timeout: 1, caBundle: btoa(caBundle) },
    };
    const { match, diagnostics } = matchOf(ruleSet);
    const assigns = locations.map(({ suffix, location }) => ({
      apiVersion: 'mutations.gatekeeper.sh/v1',
      kind: 'Assign',
      metadata: metadata(`${name}-${suffix}`),
      spec: {
        applyTo,
        match,
        location,
        parameters: {
          // Gatekeeper makes what is missing: an image volume of a volume that is none.
          pathTests: [{ subPath: location, condition: 'MustExist' }],
          assign: {
            // In doubt a Pod is admitted as it was written.
            externalData: {
              provider: name,
              dataSource: 'ValueAtLocation',
              failurePolicy: 'Ignore',
            },
          },
        },
      },
    }));
    const comment = `# ${madeBy('gatekeeper')}\n`;
    return {
      documents: [{ path: 'gatekeeper.yaml', text: comment + writeYaml([provider, ...assigns]) }],
      diagnostics: [...unsaid(ruleSet), ...diagnostics],
    };
  },
};

/*
 * New Pods alone: on an update Gatekeeper would ask anew for images that were taken to their origin, and for those of Pods
 * that are older than it, and so restart them.
 */
const applyTo = [{ groups: [''], versions: ['v1'], kinds: ['Pod'], operations: ['CREATE'] }];

/** Ephemeral containers come by an update. */
const locations = [
  { suffix: 'containers', location: 'spec.containers[name:*].image' },
  { suffix: 'init-containers', location: 'spec.initContainers[name:*].image' },
  { suffix: 'volumes', location: 'spec.volumes[name:*].image.reference' },
];

function unsaid({ rules, file, exits }: RuleSet): Diagnostic[] {
  const told = rules.flatMap((rule) => {
    const { from, action, namespaces, pullSecrets } = rule;
    return [
      ...(action === 'deny' ? [`"${from}" is kept, not denied: add \`detour compile vap\``] : []),
      ...(namespaces ? [`"${from}" depends on the namespace, so its images are kept`] : []),
      ...(pullSecrets.length > 0 ? [`"${from}": Gatekeeper adds no pullSecrets`] : []),
    ].map((message) => notExpressible(rule, message));
  });
  return [
    ...told,
    ...(file.warn ? [notExpressible(undefined, 'warn: Gatekeeper cannot warn of a mutation')] : []),
    ...(file.annotate
      ? [notExpressible(undefined, 'annotate: Gatekeeper does not know what it changed')]
      : []),
    ...withoutNamespaceRules(file.namespaceRules !== undefined),
    ...withoutStrictDenials(exits),
  ];
}
