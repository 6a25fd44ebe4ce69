import { externalDataPath } from '../../../admission/external-data.ts';
import { hasTemplateSource } from '../../../aws-template/source.ts';
import { awsTargets } from '../../../aws-template/targets.ts';
import type { Diagnostic } from '../../../rules/diagnostic.ts';
import { targets as pureTargets } from '../../../target/all.ts';
import {
  defaultSettings,
  type TargetOptions,
  type TargetSettings,
} from '../../../target/contract/options.ts';
import type { Compiled, Target } from '../../../target/contract/target.ts';
import { diagnosticLine } from '../../diagnostic-line.ts';
import { readBundle } from '../../input/ca-bundle.ts';
import { readExcludedNamespaces } from '../../input/excluded-namespaces.ts';
import { readUrl } from '../../input/https-url.ts';
import { requireName } from '../../input/kubernetes-name.ts';
import { readManifests } from '../../input/manifest-files.ts';
import { requireRules } from '../../input/rules-file.ts';
import { packageRoot } from '../../package-root.ts';
import { painter, type Terminal, UsageError, write } from '../../terminal.ts';
import { compareDeployed } from './compare-deployed.ts';
import { exampleOf, flagOf, targetOptions } from './target-options.ts';
import { writeDocuments } from './write-documents.ts';

const targets = [...pureTargets, ...awsTargets];

/** CompileOptions are the options of `detour compile`. */
export interface CompileOptions extends Partial<Omit<TargetOptions, 'images'>> {
  readonly rules?: string;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly check?: string;
  readonly lossy?: boolean;
  /** A file, a folder or `-`. */
  readonly manifests?: string;
}

/**
 * Compiles the rules for another enforcement point. Returns 1 if the target cannot express all of
 * them, or if what is deployed differs.
 */
export async function compile(
  name: string | undefined,
  options: CompileOptions,
  terminal: Terminal,
): Promise<number> {
  if (options.list && name !== undefined)
    throw new UsageError('--list prints all targets: leave out the target');
  if (options.list) return await list(options, terminal);
  if (options.json) throw new UsageError('--json works only with --list');
  if (options.check !== undefined && options.output !== undefined)
    throw new UsageError('--check writes nothing: leave out --output');
  const target = findTarget(name);
  const { ruleSet, source } = await requireRules(options.rules, terminal, {
    withoutFile: 'refusal',
  });
  const compiled = target.compile(ruleSet, await readOptions(target, options, terminal));
  await printDiagnostics(compiled.diagnostics, source.name, terminal);
  const isLossy = compiled.diagnostics.some(
    ({ code, severity }) => code === 'not-expressible' && severity === 'warning',
  );
  if (isLossy && !options.lossy) {
    terminal.stderr.write(
      `detour: ${target.name} cannot express all of the rules: change them, or leave those parts out with --lossy\n`,
    );
    return 1;
  }
  if (options.check !== undefined) return await check(options.check, compiled, terminal);
  if (options.output !== undefined) return await save(options.output, compiled, terminal);
  return await print(target, compiled, terminal);
}

function findTarget(name: string | undefined): Target {
  const found = targets.find((target) => target.name === name);
  if (found !== undefined) {
    if (!awsTargets.includes(found) || hasTemplateSource(packageRoot)) return found;
    throw new UsageError(
      `this installation has no templates for ${found.name}: use the npm package or a clone`,
    );
  }
  const known = targets.map((target) => target.name).join(', ');
  const message = name === undefined ? 'name a target' : `there is no target "${name}"`;
  throw new UsageError(`${message}: ${known}`);
}

/** Reads and checks the options of a target. */
async function readOptions(
  target: Target,
  options: CompileOptions,
  terminal: Terminal,
): Promise<TargetOptions> {
  const { manifests, url, caBundle } = options;
  const settings: TargetSettings = {
    name: options.name ?? defaultSettings.name,
    api: options.api ?? defaultSettings.api,
    mode: options.mode ?? defaultSettings.mode,
    mirrorOnly: options.mirrorOnly ?? defaultSettings.mirrorOnly,
    includeKubeSystem: options.includeKubeSystem ?? defaultSettings.includeKubeSystem,
    excludeNamespace: readExcludedNamespaces(options),
  };
  requireName('--name', settings.name);
  requireFit(target, { ...options, images: manifests });
  const bundle = await readBundle(caBundle, terminal);
  return {
    ...settings,
    ...(manifests !== undefined && { images: await readManifests(manifests, terminal) }),
    ...(url !== undefined && { url: readProviderUrl(url) }),
    ...(bundle !== undefined && { caBundle: bundle }),
  };
}

/**
 * Rejects options that the target needs and does not get, or gets and ignores: the user expects
 * them to have an effect.
 */
function requireFit(
  { name, needs = [], takes = [] }: Target,
  given: Readonly<Partial<Record<keyof TargetOptions, unknown>>>,
): void {
  const missing = needs.find((option) => given[option] === undefined);
  if (missing !== undefined) throw new UsageError(`${name} needs ${exampleOf(missing)}`);
  const read = new Set<keyof TargetOptions>([...needs, ...takes]);
  const unread = targetOptions.find((option) => given[option] !== undefined && !read.has(option));
  if (unread !== undefined)
    throw new UsageError(`${flagOf(unread)} has no effect on ${name}: leave it out`);
}

/**
 * Requires the path of the provider. At any other path Gatekeeper gets a 404 and admits every Pod
 * as it was written.
 */
function readProviderUrl(text: string): string {
  const url = readUrl(text, { caller: 'Gatekeeper', what: 'a Provider' });
  if (url.endsWith(externalDataPath)) return url;
  throw new UsageError(`--url must end in ${externalDataPath}, where detour serve answers`);
}

async function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  file: string,
  { stderr, env }: Terminal,
): Promise<void> {
  const paint = painter(stderr, env);
  for (const one of diagnostics) await write(stderr, diagnosticLine(file, one, paint));
}

async function print(
  target: Target,
  { documents }: Compiled,
  { stdout }: Terminal,
): Promise<number> {
  const [only, ...others] = documents;
  if (others.length > 0) {
    throw new UsageError(
      `${target.name} compiles to ${documents.length} files: add --output FOLDER`,
    );
  }
  await write(stdout, only?.text ?? '');
  return 0;
}

async function save(
  folder: string,
  { documents }: Compiled,
  { stdout }: Terminal,
): Promise<number> {
  for (const file of await writeDocuments(folder, documents)) await write(stdout, `${file}\n`);
  return 0;
}

async function check(place: string, { documents }: Compiled, terminal: Terminal): Promise<number> {
  const differences = await compareDeployed(place, documents, terminal);
  for (const one of differences) await write(terminal.stdout, `${one}\n`);
  if (differences.length > 0) return 1;
  await write(terminal.stdout, `${place}: matches the rules\n`);
  return 0;
}

/** Prints what each target can express. */
async function list({ json }: CompileOptions, { stdout }: Terminal): Promise<number> {
  if (json) {
    for (const { name, title, abilities } of targets)
      await write(stdout, `${JSON.stringify({ name, title, abilities })}\n`);
    return 0;
  }
  const abilities = Object.keys(targets[0]?.abilities ?? {});
  const rows = targets.map((target) => [
    target.name,
    ...Object.values<string>(target.abilities),
    target.title,
  ]);
  const table = [['target', ...abilities, ''], ...rows];
  const widths = table.reduce<number[]>(
    (all, row) => row.map((cell, column) => Math.max(all[column] ?? 0, cell.length)),
    [],
  );
  for (const row of table) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    await write(stdout, `${line.trimEnd()}\n`);
  }
  return 0;
}
