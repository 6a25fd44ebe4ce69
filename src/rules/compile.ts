import { dockerHub } from '../reference/docker-hub.ts';
import {
  compileEntry,
  type NamedOrigin,
  type ReadableEntry,
  type Report,
} from './compile-entry.ts';
import { compileRegistries } from './compile-registries.ts';
import {
  type Destination,
  destinationForm,
  isDestination,
  parseDestination,
} from './destination.ts';
import type { Diagnostic, Locate, Position } from './diagnostic.ts';
import { DiagnosticList } from './diagnostic-list.ts';
import type { Exit } from './exit-names.ts';
import { closedKeys, openExits, withoutClosed } from './exits.ts';
import { findLoops } from './loops.ts';
import { withOfficialPaths } from './official-paths.ts';
import { depthOf, splitName } from './origin.ts';
import { buildRegistries } from './registries.ts';
import { buildRuleSet, type Rule, type RuleSet } from './rule-set.ts';
import type { RulesFile } from './schema.ts';
import { suggestRegistry } from './suggest-name.ts';

/**
 * ReadableFile is a file as far as it has the right form: undefined replaces a rule or a text of
 * which nothing can be read.
 */
export interface ReadableFile extends Omit<RulesFile, 'rules' | 'namespaceRules'> {
  readonly rules: readonly (ReadableEntry | undefined)[];
  readonly namespaceRules?: { readonly to: readonly (string | undefined)[] } | undefined;
}

const defaultBypass = 'direct.to';
const start: Position = { line: 1, column: 1 };

interface CompiledRules {
  readonly ruleSet: RuleSet | undefined;
  /** Those without mistakes, also if there is no rule set. */
  readonly rules: readonly Rule[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles a file. It returns a rule set unless a diagnostic is an error. */
export function compileRules(
  file: ReadableFile,
  locate: Locate = () => start,
  list = new DiagnosticList(100),
): CompiledRules {
  const report: Report = (path, severity, code, message, extra) => {
    list.add(severity, () => ({ ...locate(path), code, message, ...extra }));
  };
  const exits = openExits(file);
  reportClosed(file, exits, report);
  const writtenBypass = compileBypass(file.bypass ?? defaultBypass, report);
  const bypass = exits.has('bypass') ? writtenBypass : '';
  const mirror = compileMirror(file.mirror, report);
  const registries = compileRegistries(file.registries ?? {}, { mirror, report, locate });
  const compiled = file.rules.flatMap((entry, index) =>
    entry === undefined ? [] : compileEntry(entry, { mirror, index, report, locate }),
  );
  reportDuplicates(
    compiled.flatMap(({ origins }) => origins),
    list,
  );
  const rules = compiled.flatMap((one) => one.rules);
  if (list.hasErrors) return { ruleSet: undefined, rules, diagnostics: list.inFileOrder() };
  const open = withoutClosed(file as RulesFile, exits);
  const ruleSet = buildRuleSet(
    {
      file: open,
      bypass,
      exits,
      namespaceDestinations: namespaceDestinations(open),
      registries: buildRegistries(registries),
    },
    rules,
    officialImages(rules),
  );
  reportLoops(ruleSet, list);
  const diagnostics = list.inFileOrder();
  return { ruleSet: list.hasErrors ? undefined : ruleSet, rules, diagnostics };
}

function reportLoops(ruleSet: RuleSet, list: DiagnosticList): void {
  for (const [{ from, line, column }, next] of findLoops(ruleSet)) {
    const message = `"${from}" sends its images to "${next.from}" in line ${next.line}, which leads back to it`;
    const expected = 'rules that end at a mirror';
    list.add('error', () => ({ line, column, code: 'rule-loop', message, expected }));
  }
}

/** Returns where rules of namespaces may send images. */
function namespaceDestinations({ namespaceRules }: RulesFile): Destination[] {
  // Those that are wrong are reported by the loader.
  return (namespaceRules?.to ?? []).flatMap((to) => parseDestination(to) ?? []);
}

function reportClosed(file: ReadableFile, exits: ReadonlySet<Exit>, report: Report): void {
  for (const { path, exit } of closedKeys(file, exits)) {
    const message = `${path.join('.')} has no effect: exits does not list ${exit}`;
    const expected = `${exit} in exits, or no ${path.join('.')}`;
    report(path, 'warning', 'closed-exit', message, { expected });
  }
}

function compileBypass(bypass: string | false, report: Report): string {
  if (bypass === false) return '';
  if (!isHost(bypass)) {
    const message = `"${bypass}" cannot be the first segment of an image`;
    const expected = 'a host such as direct.to, or false';
    const suggestion = suggestRegistry(bypass, isHost);
    report(['bypass'], 'error', 'invalid-bypass', message, { expected, suggestion });
  }
  return `${bypass}/`;
}

function isHost(name: string): boolean {
  return splitName(name)?.path === '';
}

function compileMirror(mirror: string | undefined, report: Report): string | false | undefined {
  if (mirror === undefined || isDestination(mirror)) return mirror;
  const message = `"${mirror}" is not a registry path`;
  report(['mirror'], 'error', 'invalid-mirror', message, {
    expected: destinationForm,
    suggestion: suggestRegistry(mirror, isDestination),
  });
  return false;
}

/** Returns the rules for Docker Hub that are for an official image, under its whole name. */
function officialImages(rules: readonly Rule[]): Rule[] {
  const pathOf = ({ origin: { kind, host, path, suffix } }: Rule) =>
    kind === 'host' && host === dockerHub && suffix === '' ? path : undefined;
  return withOfficialPaths(rules, pathOf).map(([rule, path]) => {
    const origin = { ...rule.origin, path };
    return { ...rule, origin, depth: depthOf(origin), restStart: path.length + 1 };
  });
}

function reportDuplicates(origins: readonly NamedOrigin[], list: DiagnosticList): void {
  const first = new Map<string, NamedOrigin>();
  for (const named of origins) {
    const { kind, host, path, suffix } = named.origin;
    const key = `${kind} ${host}/${path}${suffix}`;
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, named);
      continue;
    }
    const { line, column } = named;
    const message = `"${named.from}" is the same as "${earlier.from}" in line ${earlier.line}`;
    const expected = 'each from once';
    list.add('error', () => ({ line, column, code: 'duplicate-from', message, expected }));
  }
}

/** Holds rules that keep every image. */
export const emptyRuleSet = compileRules({ version: 1, bypass: false, rules: [] })
  .ruleSet as RuleSet;
