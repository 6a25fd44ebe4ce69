import {
  type Destination,
  type DestinationMistake,
  destinationOf,
  expandMirror,
} from './destination.ts';
import type { Diagnostic, DiagnosticCode, Locate, Path, Position } from './diagnostic.ts';
import { depthOf, type Origin, parseOrigin } from './origin.ts';
import type { Rule } from './rule-set.ts';
import type { RuleEntry } from './schema.ts';
import { suggestOrigin, suggestRegistry } from './suggest-name.ts';

/** ReadableEntry is a rule as far as it has the right form. */
export interface ReadableEntry extends Omit<Partial<RuleEntry>, 'from'> {
  /** Undefined replaces a name that is not a text. */
  readonly from?: string | readonly (string | undefined)[];
  /** Set if `to`, `keep` or `deny` has the wrong form: it is unclear what the rule does. */
  readonly isUnclear?: boolean;
}

/** Report adds a diagnostic about the value at a path. */
export type Report = (
  path: Path,
  severity: Diagnostic['severity'],
  code: DiagnosticCode,
  message: string,
  extra: Pick<Diagnostic, 'expected' | 'suggestion'>,
) => void;

/** EntryContext is what a rule depends on besides its entry. */
export interface EntryContext {
  /** False if the file's is wrong. */
  readonly mirror: string | false | undefined;
  readonly index: number;
  readonly report: Report;
  readonly locate: Locate;
}

/** NamedOrigin is a `from` that images can match, with its position. */
export interface NamedOrigin extends Position {
  readonly from: string;
  readonly origin: Origin;
}

/** CompiledEntry is what an entry of `rules` says. */
export interface CompiledEntry {
  readonly origins: readonly NamedOrigin[];
  /** One for each origin; empty if the entry has a mistake. */
  readonly rules: readonly Rule[];
}

/** Compiles an entry of `rules`. Each of its keys is checked, whatever is wrong with the others. */
export function compileEntry(entry: ReadableEntry, context: EntryContext): CompiledEntry {
  const action = compileAction(entry, context);
  const origins = compileOrigins(entry, context);
  const destinations = compileDestinations(entry, origins, context);
  if (action === undefined || destinations === undefined) return { origins, rules: [] };
  const rules = origins.map(
    ({ from, origin, line, column }, at) =>
      ({
        from,
        origin,
        entry: context.index,
        depth: depthOf(origin),
        action,
        destination: destinations[at],
        restStart: origin.path === '' ? 0 : origin.path.length + 1,
        message: entry.deny ?? '',
        library: entry.library ?? 'as-written',
        shape: entry.path ?? 'whole',
        namespaces: entry.namespaces,
        line,
        column,
        // Only a rule that rewrites has a destination, which the compiler cannot see here.
      }) as Rule,
  );
  return { origins, rules };
}

function compileAction(
  entry: ReadableEntry,
  { index, report }: EntryContext,
): Rule['action'] | undefined {
  if (entry.isUnclear) return undefined;
  const [first, ...others] = (['to', 'keep', 'deny'] as const).filter(
    (key) => entry[key] !== undefined,
  );
  if (first === undefined) {
    const expected = 'to, keep or deny';
    report(['rules', index], 'error', 'no-action', 'the rule does not say what to do', {
      expected,
    });
    return undefined;
  }
  for (const other of others) {
    const message = `the rule has both ${first} and ${other}`;
    report(['rules', index, other], 'error', 'several-actions', message, {
      expected: 'only one of them',
    });
  }
  if (others.length > 0) return undefined;
  return first === 'to' ? 'rewrite' : first;
}

const originForm =
  'a registry such as quay.io, with the first segments of a repository, or with one and a tag or a digest';

function compileOrigins(
  { from = [] }: ReadableEntry,
  { index, report, locate }: EntryContext,
): NamedOrigin[] {
  const path = ['rules', index, 'from'];
  const names =
    typeof from === 'string'
      ? [{ from, path }]
      : from.map((name, item) => ({ from: name, path: [...path, item] }));
  return names.flatMap(({ from, path }) => {
    if (from === undefined) return [];
    const origin = parseOrigin(from);
    if (origin !== undefined) return { from, origin, ...locate(path) };
    const message = `no valid image reference can match "${from}"`;
    const suggestion = suggestOrigin(from);
    report(path, 'warning', 'unmatchable-from', message, { expected: originForm, suggestion });
    return [];
  });
}

/** Represents the images of a rule whose `from` is wrong: what is wrong for them is wrong for all. */
const exampleOrigin: Origin = {
  kind: 'host',
  host: 'registry.example',
  path: 'image',
  suffix: ':1',
};

/**
 * Returns where the images of each origin go: nowhere if the rule has no `to`. Returns undefined
 * and reports it if the `to` is wrong.
 */
function compileDestinations(
  { to }: ReadableEntry,
  origins: readonly NamedOrigin[],
  context: EntryContext,
): readonly Destination[] | undefined {
  if (to === undefined) return [];
  const used = origins.length === 0 ? [exampleOrigin] : origins.map(({ origin }) => origin);
  const read = (text: string) => readDestinations(text, used, context.mirror);
  const destinations = read(to);
  if (!('code' in destinations)) return destinations;
  const { code, message, expected } = destinations;
  const suggestion =
    destinations.suggestion ?? suggestRegistry(to, (text) => !('code' in read(text)));
  const path = ['rules', context.index, 'to'];
  context.report(path, 'error', code, message, { expected, suggestion });
  return undefined;
}

/** Returns where the images of each origin go, or the first mistake. */
function readDestinations(
  to: string,
  origins: readonly Origin[],
  mirror: EntryContext['mirror'],
): readonly Destination[] | DestinationMistake {
  const template = expandMirror(to, mirror);
  if (typeof template !== 'string') return template;
  const destinations: Destination[] = [];
  for (const origin of origins) {
    const destination = destinationOf(template, origin);
    if ('code' in destination) return destination;
    destinations.push(destination);
  }
  return destinations;
}
