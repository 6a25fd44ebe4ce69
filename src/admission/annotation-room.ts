import { span } from './read-json.ts';
import type { Pod } from './request.ts';

/**
 * Limits all annotations of an object together, keys and values, in bytes
 * (`TotalAnnotationSizeLimitB` of apimachinery).
 */
export const maxAnnotations = 256 * 1024;
const maxBytesPerCharacter = 3;

/**
 * Returns how many bytes of annotations may be added at least to the Pod of a review. The API
 * server refuses a Pod that has more than the limit, also if it was within it before the webhook.
 */
export function annotationRoom(body: string, { metadata }: Pod): number {
  const [start, end] = metadata?.annotations?.[span] ?? [0, 0];
  // Annotations are no longer than the text that they came in, which spares nearly every review a
  // second look.
  const atMost = (end - start) * maxBytesPerCharacter;
  return maxAnnotations - (atMost < maxAnnotations / 2 ? atMost : sizeOf(body.slice(start, end)));
}

/**
 * Returns no less than the bytes of all keys and values in JSON text: an escape is longer than what
 * it stands for.
 */
function sizeOf(json: string): number {
  let size = new TextEncoder().encode(json).length;
  for (let at = json.indexOf('\\'); at !== -1; at = json.indexOf('\\', at + 2)) {
    // `\u0000` stands for three bytes at most, the others for one.
    size -= json[at + 1] === 'u' ? 3 : 1;
  }
  return size;
}
