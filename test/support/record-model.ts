import type { ModelRequest } from './review-model.ts';
import { isSame, isStill } from './spelling-model.ts';

/* What an update leaves running by the record of `annotate: true`; see review-model.ts. */

/** Returns what runs in a place, among `running`, if an update writes its original there. */
export function recordedImage(
  { oldObject }: ModelRequest,
  place: string,
  written: string,
  running: readonly string[],
): string | undefined {
  const name = place.startsWith('v/') ? `volumes/${place.slice(2)}` : place.slice(2);
  const original = recordOf(oldObject, 'image-detour/original-images')[name];
  const became = recordOf(oldObject, 'image-detour/rewritten-images')[name];
  if (original === undefined || became === undefined || !isSame(original, written))
    return undefined;
  return running.findLast((image) => isStill(became, image));
}

function recordOf(pod: ModelRequest['oldObject'], key: string): Record<string, string> {
  return JSON.parse(pod?.metadata?.annotations?.[key] ?? '{}');
}
