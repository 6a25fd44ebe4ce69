import type { PodDecision } from '../../src/admission/decide-pod.ts';
import type { PatchOperation } from '../../src/admission/patch.ts';
import { reviewAdmission } from '../../src/admission/review.ts';
import { decide } from '../../src/decision/decide.ts';
import {
  findImages,
  type Manifest,
  type ManifestError,
  type ManifestImage,
  type ManifestPodSpec,
} from '../../src/manifest/find-images.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';

/** An image that the user tries, and what the rules say of it. */
export interface Trial {
  readonly image: string;
  /** Where decided: the object's namespace, or the one that is chosen for lists of images. */
  readonly namespace: string;
  readonly decision: PodDecision['decision'];
  /** Of a list of images the line, from 1. */
  readonly line: number;
  /** Of a manifest. */
  readonly source?: ManifestImage;
}

/** What the webhook answers for one Pod, or for a Pod that a template makes. */
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
  readonly images: readonly { readonly image: string; readonly line: number }[];
}

interface ManifestInput {
  readonly kind: 'manifest';
  readonly text: string;
  readonly manifest: Manifest;
}

export type Input = Images | ManifestInput;

/** Keys that some line of every manifest has. */
const manifestLine =
  /^\s*(- )?["']?(apiVersion|kind|metadata|spec|items|containers)["']?\s*:|^\s*[{[]/m;
/** An image in a line of a list, which may be one of YAML, of columns, or of what grep finds in manifests. */
const imageOfLine = /^\s*(?:-\s+)?(?:image:\s*)?["']?([^\s"',#][^\s"',]*)/;

/** What is pasted: a manifest, or images, one a line; `#` begins a comment. */
export function readInput(text: string): Input {
  if (manifestLine.test(text)) return { kind: 'manifest', text, manifest: findImages(text) };
  const images: { image: string; line: number }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const image = imageOfLine.exec(line)?.[1];
    if (image !== undefined) images.push({ image, line: index + 1 });
  }
  return { kind: 'images', images };
}

export interface Result {
  readonly trials: readonly Trial[];
  readonly answers: readonly Answer[];
  readonly errors: readonly ManifestError[];
}

/** Decides all that is tried: a Pod as the webhook does, with its annotations and owners; what is no Pod image by image. */
export function tryInput(input: Input, ruleSet: RuleSet, namespace: string): Result {
  if (input.kind === 'images') {
    const trials = input.images.map(({ image, line }) => {
      return { image, namespace, line, decision: decide(image, ruleSet, { namespace }) };
    });
    return { trials, answers: [], errors: [] };
  }
  const { manifest } = input;
  const decisions = new Map<string, PodDecision['decision']>();
  const answers = manifest.podSpecs.map((of) => {
    const { body, decisions: ofPod } = reviewAdmission(reviewOf(manifest, of), ruleSet);
    for (const { pointer, decision } of ofPod) {
      decisions.set(keyOf(of.document, [...of.path, 'spec']) + pointer, decision);
    }
    return answerOf(of, body);
  });
  const trials = manifest.images.map((source): Trial => {
    const { image, line, object } = source;
    const decided = decisions.get(keyOf(source.document, source.path));
    const decision = decided ?? decide(image, ruleSet, object);
    return { image, namespace: object.namespace, line, decision, source };
  });
  return { trials, answers, errors: manifest.errors };
}

function keyOf(document: number, path: readonly (string | number)[]): string {
  return [document, ...path].join('/');
}

/** The AdmissionReview that the API server would send for the Pod. */
function reviewOf({ documents }: Manifest, { document, path, object }: ManifestPodSpec): string {
  const holder = valueAt(documents[document], path) as { metadata?: object; spec: unknown };
  const { namespace } = object;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    // Every Pod that reaches a webhook has metadata.
    metadata: holder.metadata ?? {},
    spec: holder.spec,
  };
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const request = { uid: 'playground', kind, operation: 'CREATE', namespace, object: pod };
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request,
  });
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key],
    value,
  );
}

function answerOf(of: ManifestPodSpec, body: string): Answer {
  const { response } = JSON.parse(body) as {
    response: { patch?: string; status?: { message: string }; warnings?: string[] };
  };
  const patch = response.patch === undefined ? [] : JSON.parse(atob(response.patch));
  return { of, patch, denial: response.status?.message, warnings: response.warnings ?? [] };
}
