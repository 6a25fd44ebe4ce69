/** ManifestJson is what a registry reads of a manifest or an index. */
export interface ManifestJson {
  readonly schemaVersion?: number;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config?: DescriptorJson;
  readonly layers?: readonly DescriptorJson[];
  readonly manifests?: readonly DescriptorJson[];
  readonly subject?: DescriptorJson;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** DescriptorJson points at a blob or a manifest. */
export interface DescriptorJson {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly artifactType?: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Parses a manifest; undefined if it is not an object in JSON. */
export function parseManifest(bytes: Buffer): ManifestJson | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? (value as ManifestJson) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the blobs that a registry must have for a manifest; foreign layers are elsewhere. */
export function blobsOf({ config, layers = [] }: ManifestJson): DescriptorJson[] {
  const all = config === undefined ? layers : [config, ...layers];
  return all.filter(({ mediaType, urls }) => !urls?.length && !isForeign(mediaType));
}

function isForeign(mediaType: string): boolean {
  return /\.(foreign|nondistributable)\./.test(mediaType);
}
