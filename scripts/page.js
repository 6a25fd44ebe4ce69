import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The first versions of browsers that have light-dark(), for esbuild. */
export const browsers = ['chrome123', 'firefox120', 'safari17.5'];

/** Fills each `{{name}}` of an HTML file that has a part; other places stay. */
export function fillPage(file, parts) {
  return readFileSync(file, 'utf8').replace(
    /\{\{([\w-]+)\}\}/g,
    (place, name) => parts[name] ?? place,
  );
}

/** Returns how a policy (Content-Security-Policy) names a script or a style. */
export function hashOf(text) {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
