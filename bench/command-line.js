import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killAllChildren } from './admission/children.js';

/** UsageError is a mistake in the command line or a missing tool: printed without a stack. */
export class UsageError extends Error {}

/**
 * Runs a benchmark in a folder of its own, and cleans up. Returns the exit code.
 *
 * @param {{ name: string, usage: string }} about
 * @param {(folder: string) => Promise<void>} run
 */
export async function runInFolder({ name, usage }, run) {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  try {
    await run(folder);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  } finally {
    killAllChildren();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Parses the options of a benchmark.
 *
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} Options
 * @param {string[]} args
 * @param {Options} options as for parseArgs
 */
export function parseOptions(args, options) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message);
  }
}

/** Requires that all of `chosen` are known. Returns them in the order of `known`, or `usual` if there are none. */
export function readChoices(option, chosen, known, usual = known) {
  const wrong = chosen.find((choice) => !known.includes(choice));
  if (wrong !== undefined)
    throw new UsageError(`${option} ${wrong}: expected one of ${known.join(', ')}`);
  return chosen.length === 0 ? usual : known.filter((name) => chosen.includes(name));
}

/** Reads a number from `least` to `most`; `isWhole` excludes fractions. */
export function readNumber(option, text, { least, most = Infinity, isWhole = false }) {
  const number = Number(text);
  const isInRange = number >= least && number <= most && Number.isFinite(number);
  if (text.trim() !== '' && isInRange && (!isWhole || Number.isInteger(number))) return number;
  const kind = isWhole ? 'a whole number' : 'a number';
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new UsageError(`${option} ${text}: expected ${kind} ${range}`);
}
