import { parseArgs } from 'node:util';

/** UsageError is a mistake in the command line or a missing tool: printed without a stack. */
export class UsageError extends Error {}

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
