import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lists the npm packages of which a bundle of esbuild holds code, each with its licence. */
export function bundledPackages(root, { outputs }) {
  const folders = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort().map((folder) => readPackage(join(root, folder)));
}

function readPackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.(md|txt))?$/i.test(each));
  return { name, version, license, licenseText: file && readFileSync(join(folder, file), 'utf8') };
}
