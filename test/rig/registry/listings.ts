import { parseManifest } from './manifest-json.ts';
import type { StoredRepository } from './store.ts';

/** Returns what GCR and Artifact Registry add to `tags/list`. */
export function gcrManifests({ manifests, tags }: StoredRepository) {
  const entries = [...manifests].map(([digest, { mediaType, bytes, pushed }]) => {
    const time = `${pushed.getTime()}`;
    const json = parseManifest(bytes);
    const sizes = (json?.layers ?? []).map(({ size }) => size);
    return [
      digest,
      {
        imageSizeBytes: `${sizes.reduce((sum, size) => sum + size, 0)}`,
        layerId: '',
        mediaType,
        tag: [...tags].filter(([, of]) => of === digest).map(([tag]) => tag),
        timeCreatedMs: time,
        timeUploadedMs: time,
      },
    ];
  });
  return { child: [], manifest: Object.fromEntries(entries) };
}
