import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly type?: string;
  readonly format?: string;
  readonly [keyword: string]: unknown;
}

interface KindName {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** OpenApi is the answer to `/openapi/v2` of an API server. */
export interface OpenApi {
  readonly definitions: Readonly<Record<string, Schema>>;
}

/**
 * Returns where kubeconform finds schemas: GROUP/KIND-VERSION.json, in lower case; for the core, it
 * takes the version as the group.
 */
export const schemaLocation = (folder: string) =>
  join(folder, '{{ .Group }}', '{{ .ResourceKind }}-{{ .ResourceAPIVersion }}.json');

/**
 * Writes a JSON Schema for each kind that an API server tells of; a key that it does not know is an
 * error.
 */
export function writeJsonSchemas({ definitions }: OpenApi, folder: string): void {
  for (const [name, definition] of Object.entries(definitions)) {
    const kinds = definition['x-kubernetes-group-version-kind'] as KindName[] | undefined;
    // Lists, and options that go with any kind, are of no use here.
    if (kinds?.length !== 1) continue;
    const [{ group, version, kind } = { group: '', version: '', kind: '' }] = kinds;
    const schema = { $ref: `#/definitions/${name}`, definitions: usedBy(name, definitions) };
    const place = join(folder, group || version);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `${kind.toLowerCase()}-${version}.json`), JSON.stringify(schema));
  }
}

function usedBy(name: string, definitions: OpenApi['definitions']): Record<string, unknown> {
  const used: Record<string, unknown> = {};
  const missing = [name];
  for (let next = missing.pop(); next !== undefined; next = missing.pop()) {
    if (next in used) continue;
    const strictly = strict(definitions[next] as Schema);
    used[next] = strictly;
    const references = JSON.stringify(strictly).matchAll(/"#\/definitions\/([^"]+)"/g);
    missing.push(...[...references].map(([, reference]) => reference as string));
  }
  return used;
}

/**
 * Kubernetes writes into its OpenAPI neither that other keys are unknown, nor that some texts may
 * be numbers.
 */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (schema === null || typeof schema !== 'object') return schema;
  const { type, format, ...rest } = schema as Schema;
  if (format === 'int-or-string') return { ...rest, type: ['integer', 'string'] };
  const inner = Object.fromEntries(
    Object.entries({ ...(type && { type }), ...rest }).map(([key, value]) => [key, strict(value)]),
  );
  const isOpen =
    rest.properties === undefined ||
    rest.additionalProperties !== undefined ||
    rest['x-kubernetes-preserve-unknown-fields'] === true;
  return isOpen ? inner : { ...inner, additionalProperties: false };
}
