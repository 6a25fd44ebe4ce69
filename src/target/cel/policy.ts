import { writeYaml } from '../../manifest/write-yaml.ts';
import type { Diagnostic } from '../../rules/diagnostic.ts';
import { annotation } from '../../workload/annotations.ts';
import { type ImageField, imageFields } from '../../workload/image-fields.ts';
import { nameLabel, notOptedOut } from '../../workload/opt-out.ts';
import { notExpressible } from '../contract/target.ts';
import { isNew } from './pod.ts';
import type { Variable } from './variables.ts';

/* What all policies have in common: which Pods they are for, and how they are written down. */

/** The API server's limit for one expression, in code points. */
const maxExpression = 100_000;
/** etcd's limit for an object is 1.5 MiB; the rest is for what the API server adds. */
const maxObject = 1_500_000;

/** Whose Pods a policy leaves out; the exits are written on the Pod itself, and so by its author. */
interface LeftOut {
  /** The names of namespaces. */
  readonly namespaces: readonly string[];
  /** Whether the label `image-detour: disabled` leaves a Pod out. */
  readonly label: boolean;
  /**
   * Whether any Pod that says it is the API's copy of a static Pod is left out; if not, only those
   * of nodes are.
   */
  readonly staticPod: boolean;
  /** The test whether something in a Pod may need a change, if there is one. */
  readonly unsettled?: string | undefined;
}

/** Returns the parts of a policy's spec that say which requests it is asked about. */
export function matchedRequests({ namespaces, label, staticPod, unsettled }: LeftOut): object {
  const excluded = { key: nameLabel, operator: 'NotIn', values: namespaces };
  return {
    matchConstraints: {
      matchPolicy: 'Equivalent',
      namespaceSelector: { matchExpressions: [excluded, notOptedOut] },
      ...(label && { objectSelector: { matchExpressions: [notOptedOut] } }),
      resourceRules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE'],
          resources: ['pods', 'pods/ephemeralcontainers'],
          scope: 'Namespaced',
        },
      ],
    },
    // One condition, as each costs the API server some microseconds by itself.
    matchConditions: [
      {
        name: 'something-may-change',
        expression: [
          `(${staticPod ? isNotStatic : `${isNotStatic} || ${isNotNode}`})`,
          `(${imagesMayChange})`,
          ...(unsettled === undefined ? [] : [`(${unsettled})`]),
        ].join('\n&& '),
      },
    ],
  };
}

const isNotStatic = `!has(object.metadata.annotations) || !("${annotation.staticPod}" in object.metadata.annotations)`;
/**
 * A kubelet never runs a Pod with that annotation: it takes it for the copy of a file on its node.
 * Agents of other nodes (virtual-kubelet) do not know the annotation and run such a Pod, so that it
 * counts only if a node wrote it.
 */
const isNotNode = '!("system:nodes" in request.userInfo.?groups.orValue([]))';

const imagesIn = (object: string, { list, path }: ImageField) =>
  `${object}.spec.?${list}.orValue([]).map(c, c.?${path.join('.?')}.orValue(""))`;
/**
 * An update of a Pod can change the images of some lists only; ephemeral containers have a
 * subresource.
 */
const changes = imageFields
  .filter(({ isUpdatable }) => isUpdatable)
  .map((field) => `${imagesIn('object', field)} != ${imagesIn('oldObject', field)}`);
const imagesMayChange = [
  isNew,
  'has(request.subResource) && request.subResource != ""',
  ...changes,
].join(' || ');

/** Returns the metadata of an object. */
export function metadata(name: string): object {
  return { name, labels: { 'app.kubernetes.io/name': 'image-detour' } };
}

/** Introduction is what a reader of the policy sees first. */
export interface Introduction {
  readonly comment: string;
  /** Of the variables that are in the policy. */
  readonly variables: readonly Variable[];
}

/**
 * Writes objects as YAML; the first is the policy. Expressions are blocks, each below what it is
 * for.
 */
export function write(objects: readonly object[], { comment, variables }: Introduction): string {
  const comments = new Map<string, string>(variables.map((each) => [each.name, each.comment]));
  const text = writeYaml(objects, {
    isExpression: (key) => /[eE]xpression$/.test(key),
    about: (mapping) =>
      'expression' in mapping && 'name' in mapping ? comments.get(String(mapping.name)) : undefined,
  });
  return `# ${comment.replaceAll('\n', '\n# ')}\n\n${text}`;
}

/** Reports a policy that would be refused for its size. */
export function tooLarge(expressions: readonly string[]): Diagnostic[] {
  const longest = Math.max(...expressions.map((each) => each.length));
  const all = expressions.reduce((sum, each) => sum + each.length, 0);
  if (longest > maxExpression) {
    const message = `an expression has ${longest} characters, the API server allows ${maxExpression}`;
    return [notExpressible(undefined, message)];
  }
  if (all > maxObject) {
    const message = `the policy has ${all} characters, etcd allows 1.5 MiB: use the webhook, or fewer rules`;
    return [notExpressible(undefined, message)];
  }
  return [];
}

/** Says why a policy leaves out `namespaceRules`. */
export const noNamespaceRules = 'a policy does not read the ConfigMaps of namespaces';

/** Says why a policy that only changes images leaves out what `exits: none` denies. */
export const noStrictDenials =
  'an image that cannot be rewritten is kept, not denied: add `detour compile vap`';
