import { keys, readJson, whole } from './read-json.ts';

/** All annotations of an object together, keys and values, in bytes (`TotalAnnotationSizeLimitB` of apimachinery). */
const maxAnnotations = 256 * 1024;
const maxBytesPerCharacter = 3;

const annotationsOnly = keys({
  request: keys({ object: keys({ metadata: keys({ annotations: whole }) }) }),
});

/**
 * How many bytes of annotations may be added at least to the object of a review. The API server refuses a Pod that has
 * more than the limit, also where it was within it before the webhook.
 */
export function annotationRoom(body: string): number {
  // Annotations are no longer than the body that they came in, which spares nearly every review a second look.
  const atMost = body.length * maxBytesPerCharacter;
  return maxAnnotations - (atMost < maxAnnotations / 2 ? atMost : annotationSize(body));
}

function annotationSize(body: string): number {
  const review = readJson(body, annotationsOnly) as {
    request?: { object?: { metadata?: { annotations?: unknown } } };
  };
  const annotations = review.request?.object?.metadata?.annotations ?? {};
  const encoder = new TextEncoder();
  const text = Object.entries(annotations).map(([key, value]) => key + String(value));
  return encoder.encode(text.join('')).length;
}
