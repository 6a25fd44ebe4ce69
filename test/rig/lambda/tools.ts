import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pythonPackages } from '../../support/python-packages.ts';
import { installNode } from '../node-versions.ts';

/**
 * Lambda's runtime client for Node.js. A part of it is compiled: that needs cmake, g++, make and
 * python3.
 */
const runtimeClient = 'aws-lambda-ric';
const runtimeClientVersion = '4.0.2';
const requirements = join(import.meta.dirname, '../../aws/requirements.txt');
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'image-detour');

/**
 * Returns the folder of the programs that requirements.txt names: cfn-lint, moto and the SAM CLI.
 */
export function pythonTools(): string {
  return pythonPackages('aws-tools', requirements);
}

/** Returns the module that Lambda starts with the name of the handler. */
export function runtimeClientModule(): string {
  const folder = join(cache, `${runtimeClient}-${runtimeClientVersion}`);
  once(folder, () => {
    console.log(
      `aws: building ${runtimeClient} ${runtimeClientVersion} into ${folder} (about two minutes, once)`,
    );
    mkdirSync(cache, { recursive: true });
    const work = mkdtempSync(join(cache, '.building-'));
    try {
      // Newer versions of npm run the scripts that compile it only where they are allowed.
      const allowScripts = { [runtimeClient]: true };
      writeFileSync(join(work, 'package.json'), JSON.stringify({ private: true, allowScripts }));
      const npm = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
      // It wants Node.js 22 or newer, which is what runs it, whichever version installs it.
      npm.push('--engine-strict=false', '--prefix', work);
      execFileSync('npm', [...npm, `${runtimeClient}@${runtimeClientVersion}`], {
        stdio: 'inherit',
      });
      renameSync(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return join(folder, 'node_modules', 'aws-lambda-ric', 'index.mjs');
}

/** Returns the node_modules that holds packages of npm which only one test needs. */
export function npmPackages(name: string, packages: readonly string[]): string {
  const hash = createHash('sha256').update(packages.join()).digest('hex').slice(0, 12);
  const folder = join(cache, `${name}-${hash}`);
  once(folder, () => {
    console.log(`aws: installing ${packages.join(' ')} into ${folder} (once)`);
    mkdirSync(cache, { recursive: true });
    const work = mkdtempSync(join(cache, '.installing-'));
    try {
      writeFileSync(join(work, 'package.json'), '{"private":true}');
      const npm = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
      execFileSync('npm', [...npm, '--prefix', work, ...packages], { stdio: 'inherit' });
      renameSync(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return join(folder, 'node_modules');
}

/** Returns the file of a version of Node.js that Lambda has. */
export function nodeOf(major: '22' | '24'): string {
  return join(installNode(major), 'node');
}

function once(path: string, make: () => void): string {
  if (!existsSync(path)) make();
  return path;
}
