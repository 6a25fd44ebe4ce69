import type { RulesFile } from '../rules/schema.ts';
import { annotation } from '../workload/annotations.ts';
import { imageFields } from '../workload/image-fields.ts';
import {
  everyKey,
  items,
  keys,
  readJson,
  type Shape,
  type Span,
  type span,
  spanned,
  whole,
} from './read-json.ts';
import { JsonSyntaxError } from './skip-json.ts';

/**
 * AdmissionRequest is what a decision needs of an AdmissionReview's request; all else in it is left
 * unread.
 */
export interface AdmissionRequest {
  /** Of the review, echoed in the answer. */
  readonly apiVersion: string;
  readonly uid: string;
  readonly operation: string;
  readonly namespace: string;
  /** The object's name, or what the API server will make one from. */
  readonly name: string;
  /** Whether a node sent it, and not an author of Pods. */
  readonly isFromNode: boolean;
  readonly pod: Pod | undefined;
  readonly oldPod: Pod | undefined;
}

/** Pod is the parts of a Pod that are read; none of them has been checked. */
export interface Pod {
  readonly metadata?: Metadata | undefined;
  readonly spec?: unknown;
}

/**
 * Metadata is the parts of a Pod's metadata that are read; only `annotations` is known to be an
 * object.
 */
export interface Metadata {
  readonly name?: unknown;
  readonly generateName?: unknown;
  readonly namespace?: unknown;
  readonly labels?: unknown;
  readonly annotations?:
    | (Readonly<Record<string, unknown>> & { readonly [span]?: Span })
    | undefined;
  readonly ownerReferences?: unknown;
}

const maxUid = 256;
/** What a namespace or a name can be long (RFC 1123). */
const maxName = 253;
const apiVersions: ReadonlySet<string> = new Set([
  'admission.k8s.io/v1',
  'admission.k8s.io/v1beta1',
]);

/** The lists of a Pod spec that have images, each item with its name. */
const imageLists = Object.fromEntries(
  imageFields.map(({ list, path, pullPolicy }) => [
    list,
    items(keys(shapeOf([['name'], path, pullPolicy]))),
  ]),
);
function podWith(annotations: Shape): Shape {
  return keys({
    metadata: keys({
      name: whole,
      generateName: whole,
      namespace: whole,
      labels: whole,
      annotations: spanned(annotations),
      ownerReferences: items(keys({ apiVersion: whole, kind: whole })),
    }),
    spec: keys({
      ...imageLists,
      imagePullSecrets: items(keys({ name: whole })),
    }),
  });
}
function reviewWith(annotations: Shape): Shape {
  const pod = podWith(annotations);
  return keys({
    apiVersion: whole,
    kind: whole,
    request: keys({
      uid: whole,
      kind: keys({ kind: whole }),
      operation: whole,
      namespace: whole,
      name: whole,
      userInfo: keys({ groups: items(whole) }),
      object: pod,
      oldObject: pod,
    }),
  });
}
const known = Object.fromEntries(Object.values(annotation).map((key) => [key, whole]));
const review = reviewWith(keys(known));
/** For rules that name annotations of others. */
const reviewWithAnnotations = reviewWith(everyKey);

/** Returns the shape of an object that has these paths of keys. */
function shapeOf(paths: readonly (readonly string[])[]): Record<string, Shape> {
  const below = new Map<string, (readonly string[])[]>();
  for (const [key = '', ...rest] of paths) below.set(key, [...(below.get(key) ?? []), rest]);
  const shapes = [...below].map(([key, rests]) => {
    const isEnd = rests.some((rest) => rest.length === 0);
    return [key, isEnd ? whole : keys(shapeOf(rests))] as const;
  });
  return Object.fromEntries(shapes);
}

interface UncheckedReview {
  apiVersion?: unknown;
  kind?: unknown;
  request?: {
    uid?: unknown;
    kind?: { kind?: unknown };
    operation?: unknown;
    namespace?: unknown;
    name?: unknown;
    userInfo?: { groups?: readonly unknown[] };
    object?: Pod;
    oldObject?: Pod;
  };
}

/**
 * Reads an AdmissionReview (v1 or v1beta1), with the annotations that rules with this `skip` need.
 * A string says what is wrong with it.
 */
export function readRequest(body: string, skip?: RulesFile['skip']): AdmissionRequest | string {
  const shape = skip?.annotations === undefined ? review : reviewWithAnnotations;
  const unchecked = readReview(body, shape);
  if (typeof unchecked === 'string') return unchecked;
  const { apiVersion, kind, request } = unchecked;
  if (kind !== 'AdmissionReview') return 'the body is not an AdmissionReview';
  if (typeof apiVersion !== 'string' || !apiVersions.has(apiVersion)) {
    return 'the apiVersion is neither admission.k8s.io/v1 nor admission.k8s.io/v1beta1';
  }
  if (request === undefined) return 'the AdmissionReview has no request';
  const { uid, operation, userInfo, object, oldObject } = request;
  if (typeof uid !== 'string' || uid === '') return 'the request has no uid';
  // It is echoed and logged; the API server's are 36 long.
  if (uid.length > maxUid) return `the uid is longer than ${maxUid}`;
  const isPod = request.kind?.kind === undefined || request.kind.kind === 'Pod';
  const metadata = object?.metadata;
  return {
    apiVersion,
    uid,
    operation: typeof operation === 'string' ? operation : '',
    namespace: firstText(request.namespace, metadata?.namespace, 'default'),
    name: firstText(request.name, metadata?.name, metadata?.generateName, ''),
    isFromNode: userInfo?.groups?.includes('system:nodes') ?? false,
    pod: isPod ? object : undefined,
    oldPod: isPod ? oldObject : undefined,
  };
}

function readReview(body: string, shape: Shape): UncheckedReview | string {
  try {
    return (
      (readJson(body, shape) as UncheckedReview | undefined) ?? 'the body is not a JSON object'
    );
  } catch (error) {
    // SyntaxError: JSON.parse's, of a string that is read whole and has a bad escape.
    if (error instanceof JsonSyntaxError || error instanceof SyntaxError) {
      return `the body is not JSON: ${error.message}`;
    }
    throw error;
  }
}

function firstText(...values: readonly unknown[]): string {
  const found = values.find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found.slice(0, maxName) : '';
}
