import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { packedFunction } from './function-code.ts';
import type { TemplateSource } from './template.ts';

/** Reports whether the files are there. The container image does not have them. */
export function hasTemplateSource(root: URL): boolean {
  return ['src/lambda/templates/parts', 'webhook/api-gateway.yaml'].every((path) =>
    existsSync(new URL(path, root)),
  );
}

/**
 * Reads what templates are made of, in a clone or in the package. The function is the one in
 * webhook/api-gateway.yaml, unless another one is given.
 */
export function readTemplateSource(root: URL, packed = readPackedFunction(root)): TemplateSource {
  const folder = new URL('src/lambda/templates/', root);
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
  const parts = readdirSync(new URL('parts/', folder)).map(
    (name) => [name.replace('.yaml', ''), read(`parts/${name}`)] as const,
  );
  return {
    templates: {
      'api-gateway.yaml': read('api-gateway.yaml'),
      'sam.yaml': read('sam.yaml'),
      'function-url.yaml': read('function-url.yaml'),
    },
    parts: Object.fromEntries(parts),
    packed,
  };
}

function readPackedFunction(root: URL): string {
  return packedFunction(readFileSync(new URL('webhook/api-gateway.yaml', root), 'utf8'));
}
