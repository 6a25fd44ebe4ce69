import { writeYaml } from '../manifest/write-yaml.ts';
import type { Diagnostic } from '../rules/diagnostic.ts';
import { positionOfKey } from '../rules/key-positions.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { NamespaceFilter } from '../rules/schema.ts';
import { excludedNamespaces, notOptedOut } from '../workload/opt-out.ts';
import { metadata, noNamespaceRules, noStrictDenials } from './cel/policy.ts';
import { type LeftOutKeys, reportLeftOut } from './contract/left-out.ts';
import { madeBy, notExpressible, type Target } from './contract/target.ts';

/**
 * Lets Gatekeeper ask what becomes of each image: its AssignImage has no condition on the image.
 */
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
  takes: ['name', 'includeKubeSystem', 'excludeNamespace'],
  compile(ruleSet, { name, url = '', caBundle = '', ...settings }) {
    const provider = {
      apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
      kind: 'Provider',
      metadata: metadata(name),
      // Gatekeeper's own webhook has a second.
      spec: { url, timeout: 1, caBundle: btoa(caBundle) },
    };
    const { match, diagnostics } = matchOf(ruleSet, excludedNamespaces(settings));
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
      diagnostics: [...reportInexpressible(ruleSet), ...diagnostics, neverPulled],
    };
  },
};

/*
 * New Pods alone: on an update Gatekeeper would ask again for images that were taken to their
 * origin, and for those of Pods that are older than it, and so restart them.
 */
const applyTo = [
  { groups: [''], versions: ['v1'], kinds: ['Pod'], operations: ['CREATE'] },
] as const;

/** Ephemeral containers come by an update. */
const locations = [
  { suffix: 'containers', location: 'spec.containers[name:*].image' },
  { suffix: 'init-containers', location: 'spec.initContainers[name:*].image' },
  { suffix: 'volumes', location: 'spec.volumes[name:*].image.reference' },
] as const;

/** What it cannot express of `namespaces` and `skip` is reported part by part. */
const leftOutKeys: LeftOutKeys = {
  bypass: undefined,
  namespaces: undefined,
  skip: undefined,
  warn: 'Gatekeeper cannot warn of a mutation',
  annotate: 'Gatekeeper does not know what it changed',
  registries: 'Gatekeeper adds no pull secrets to Pods',
  namespaceRules: noNamespaceRules,
  exits: noStrictDenials,
};

/** It is asked for every image of a Pod, and knows nothing of the container around it. */
const neverPulled: Diagnostic = {
  ...notExpressible(
    undefined,
    'imagePullPolicy: Never is not known to Gatekeeper, so such images are rewritten too, and their Pods do not start: exclude their namespaces or keep their names',
  ),
  severity: 'note',
};

function reportInexpressible(ruleSet: RuleSet): Diagnostic[] {
  const ofRules = ruleSet.rules.flatMap((rule) => {
    const { from, action, namespaces } = rule;
    return [
      ...(action === 'deny' ? [`"${from}" is kept, not denied: add \`detour compile vap\``] : []),
      ...(namespaces ? [`"${from}" depends on the namespace, so its images are kept`] : []),
    ].map((message) => notExpressible(rule, message));
  });
  return [...ofRules, ...reportLeftOut(ruleSet, leftOutKeys)];
}

/**
 * Returns which Pods the rules file is for, in Gatekeeper's words. Whatever those cannot express
 * excludes more Pods, never fewer.
 */
function matchOf(
  ruleSet: RuleSet,
  excluded: readonly string[],
): {
  readonly match: object;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { exits, file } = ruleSet;
  const { namespaces, skip } = file;
  const diagnostics: Diagnostic[] = [];
  const reportAt =
    (key: string): Report =>
    (message) =>
      diagnostics.push(notExpressible(positionOfKey(ruleSet, key), message));
  const ofGlobs = namespacesOf(namespaces ?? {}, excluded, reportAt('namespaces'));
  const labels = Object.entries(skip?.labels ?? {}).map(([key, value]) =>
    labelOf(key, [value].flat(), reportAt('skip.labels')),
  );
  for (const part of ['owners', 'annotations'] as const)
    if (skip?.[part]) reportAt(`skip.${part}`)(`skip.${part}: Gatekeeper does not look at ${part}`);
  const match = {
    scope: 'Namespaced',
    ...ofGlobs,
    namespaceSelector: { matchExpressions: [notOptedOut] },
    ...(exits.has('label') && { labelSelector: { matchExpressions: [notOptedOut, ...labels] } }),
  };
  return { match, diagnostics };
}

type Report = (message: string) => void;

/** A name that no namespace has. */
const none = '-';

function namespacesOf(
  { include, exclude = [] }: NamespaceFilter,
  excluded: readonly string[],
  report: Report,
): object {
  const inexpressible = [...(include ?? []), ...exclude].filter((glob) => !isWildcard(glob));
  for (const glob of inexpressible) report(`namespaces: "${glob}" has more than a * at either end`);
  const included = include?.filter(isWildcard);
  return {
    excludedNamespaces: [...excluded, ...exclude.map(widen)],
    ...(included && { namespaces: included.length === 0 ? [none] : included }),
  };
}

function isWildcard(glob: string): boolean {
  return /^\*?[-a-z0-9]*\*?$/.test(glob);
}

function widen(glob: string): string {
  return isWildcard(glob) ? glob : `${/^[-a-z0-9]*/.exec(glob)?.[0]}*`;
}

function labelOf(key: string, globs: readonly string[], report: Report): object {
  const patterns = globs.filter((glob) => !/^[\w.-]*$/.test(glob));
  if (patterns.length === 0) return { key, operator: 'NotIn', values: globs };
  const [part] = globs.includes('*') ? [] : patterns;
  if (part !== undefined)
    report(`skip.labels: "${part}" is a part of a value, so every ${key} is skipped`);
  return { key, operator: 'DoesNotExist' };
}
