import type { NamespaceRules, PodDecision } from '../../src/admission/decide-pod.ts';
import type { PatchOperation } from '../../src/admission/patch.ts';
import { reviewAdmission } from '../../src/admission/review.ts';
import { decideLayered } from '../../src/decision/layers.ts';
import {
  findImages,
  type Manifest,
  type ManifestError,
  type ManifestImage,
  type ManifestPodSpec,
} from '../../src/manifest/find-images.ts';
import type { Diagnostic } from '../../src/rules/diagnostic.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { notOptedOut } from '../../src/workload/opt-out.ts';
import { findImagesInLines, isJsonLines } from './json-lines.ts';
import { ListedTrial } from './listed-trial.ts';
import { readNamespaceRules } from './namespace-rules.ts';
import { type PastedImage, readPastedImages } from './pasted-images.ts';

/** Trial is an image that the user tries, and what the rules make of it. */
export interface Trial {
  readonly image: string;
  /** Where decided: the object's namespace, or the one that is chosen for lists of images. */
  readonly namespace: string;
  readonly decision: Outcome;
  /** Of a list of images the line, from 1. */
  readonly line: number;
  /** Of a manifest. */
  readonly source?: ManifestImage;
}

/** `not-asked`: the API server does not call the webhook for such Pods. */
type Outcome = Omit<PodDecision['decision'], 'reason'> & {
  readonly reason: PodDecision['decision']['reason'] | 'not-asked';
};

/** Answer is what the webhook answers for one Pod, or for a Pod that a template makes. */
export interface Answer {
  readonly of: ManifestPodSpec;
  readonly patch: readonly PatchOperation[];
  /** Why the Pod is refused, where it is. */
  readonly denial?: string | undefined;
  readonly warnings: readonly string[];
}

interface Images {
  readonly kind: 'images';
  /** With the lines they stand in. */
  readonly images: readonly PastedImage[];
}

interface ManifestInput {
  readonly kind: 'manifest';
  readonly text: string;
  readonly manifest: Manifest;
}

/** Input is what the user pasted, in the form that was recognized. */
export type Input = Images | ManifestInput;

/** Keys that some line of every manifest has. */
const manifestLine =
  /^[ \t]*(- )?["']?(apiVersion|kind|metadata|spec|items|containers)["']?[ \t]*:|^[ \t]*[{[]|^---/m;
/** A line of `docker images --format json`. */
const dockerLine = /^\s*\{.*"Repository":"/;

/** Reads what is pasted: a manifest, or images in one of the forms that tools print. */
export function readInput(text: string): Input {
  const isList = dockerLine.test(text) || /^\s*\[\s*"/.test(text);
  if (isList || !manifestLine.test(text)) return { kind: 'images', images: readPastedImages(text) };
  const manifest = isJsonLines(text) ? findImagesInLines(text) : findImages(text);
  return { kind: 'manifest', text, manifest };
}

/** Result is what became of the input; only a manifest has `answers` and rules of namespaces. */
export interface Result {
  readonly trials: readonly Trial[];
  readonly answers: readonly Answer[];
  readonly errors: readonly Diagnostic[];
  readonly namespaceRules: NamespaceRules;
}

/**
 * Decides all that is tried: a Pod as the webhook does, with its annotations and owners; images
 * outside Pods one by one.
 */
export function tryInput(input: Input, ruleSet: RuleSet, namespace: string): Result {
  if (input.kind === 'images') {
    const trials = input.images.map((each) => new ListedTrial(each, namespace, ruleSet));
    return { trials, answers: [], errors: [], namespaceRules: new Map() };
  }
  const { manifest, text } = input;
  const { namespaceRules, errors } = readNamespaceRules(manifest, text, ruleSet);
  const optedOut = namespacesOptedOut(manifest);
  const decisions = new Map<string, Outcome>();
  const answers = manifest.podSpecs.flatMap((of) => {
    const pod = podOf(manifest, of);
    const isOptedOut = ruleSet.exits.has('label') && hasOptedOut(pod);
    const isAsked = !optedOut.has(of.object.namespace) && !isOptedOut;
    const {
      decisions: ofPod,
      patch,
      denial,
      warnings,
    } = reviewAdmission(reviewOf(pod, of), ruleSet, namespaceRules);
    for (const { pointer, image, decision } of ofPod) {
      const key = keyOf(of.document, [...of.path, 'spec']) + pointer;
      decisions.set(key, isAsked ? decision : notAsked(image));
    }
    return isAsked ? { of, patch, denial, warnings } : { of, patch: [], warnings: [] };
  });
  const trials = manifest.images.map((source): Trial => {
    const { image, line, object } = source;
    const decided = decisions.get(keyOf(source.document, source.path));
    const rules = { cluster: ruleSet, namespace: namespaceRules.get(object.namespace) };
    const decision = decided ?? decideLayered(image, rules, object);
    return { image, namespace: object.namespace, line, decision, source };
  });
  return {
    trials,
    answers,
    errors: [...manifest.errors.map(asDiagnostic), ...errors],
    namespaceRules,
  };
}

function asDiagnostic(error: ManifestError): Diagnostic {
  return { ...error, code: 'yaml-syntax', severity: 'error' };
}

function notAsked(image: string): Outcome {
  return { action: 'keep', reason: 'not-asked', rule: undefined, image };
}

/** Returns the namespaces whose own object opts out. */
function namespacesOptedOut({ documents }: Manifest): ReadonlySet<string> {
  const optedOut = documents.filter(
    (each) => valueAt(each, ['kind']) === 'Namespace' && hasOptedOut(each),
  );
  return new Set(optedOut.map((each) => String(valueAt(each, ['metadata', 'name']))));
}

function hasOptedOut(object: unknown): boolean {
  const { key, values } = notOptedOut;
  return valueAt(object, ['metadata', 'labels', key]) === values[0];
}

function keyOf(document: number, path: readonly (string | number)[]): string {
  return [document, ...path].join('/');
}

interface PodLike {
  readonly metadata: object;
  readonly spec: unknown;
}

/**
 * Returns the Pod, or the one that a template makes. Every Pod that reaches a webhook has metadata.
 */
function podOf({ documents }: Manifest, { document, path }: ManifestPodSpec): PodLike {
  const { metadata, spec } = valueAt(documents[document], path) as Partial<PodLike>;
  return { metadata: metadata ?? {}, spec };
}

/** Returns the AdmissionReview that the API server would send for it. */
function reviewOf(pod: PodLike, { object: { namespace } }: ManifestPodSpec): string {
  const object = { apiVersion: 'v1', kind: 'Pod', ...pod };
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const request = { uid: 'playground', kind, operation: 'CREATE', namespace, object };
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request,
  });
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<string | number, unknown> | null | undefined)?.[key],
    value,
  );
}
