/** Runs a benchmark: `npm run bench NAME [-- ARGUMENT…]`. Without a name it lists them. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [name, ...rest] = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .map((entry) => entry.replace(/\.js$/, ''))
  .filter((entry) => entry !== 'run' && fileOf(entry) !== undefined);
const file = name !== undefined && names.includes(name) ? fileOf(name) : undefined;
if (file === undefined) {
  console.error(`npm run bench NAME, with one of these: ${names.join(', ')}`);
  process.exit(2);
}
// The benchmark reads its arguments as if it had been started itself.
process.argv = [process.execPath, file, ...rest];
await import(file);

function fileOf(entry) {
  const files = [join(entry, 'run.js'), `${entry}.js`];
  return files.map((one) => join(import.meta.dirname, one)).find((one) => existsSync(one));
}
