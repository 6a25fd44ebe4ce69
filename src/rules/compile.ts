import { dockerHub, officialPath } from '../reference/docker-hub.ts';
import {
  compileEntry,
  type NamedOrigin,
  type ReadableEntry,
  type Report,
} from './compile-entry.ts';
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
import { splitName } from './origin.ts';
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

/** Compiles a file. It returns a rule set unless a diagnostic is an error. */
export function compileRules(
  file: ReadableFile,
  locate: Locate = () => start,
  list = new DiagnosticList(100),
): { ruleSet: RuleSet | undefined; diagnostics: readonly Diagnostic[] } {
  const report: Report = (path, severity, code, message, extra) => {
    list.add(severity, () => ({ ...locate(path), code, message, ...extra }));
  };
  const exits = openExits(file);
  reportClosed(file, exits, report);
  const writtenBypass = compileBypass(file.bypass ?? defaultBypass, report);
  const bypass = exits.has('bypass') ? writtenBypass : '';
  const mirror = compileMirror(file.mirror, report);
  const pullSecrets = file.pullSecrets ?? [];
  const compiled = file.rules.flatMap((entry, index) =>
    entry === undefined ? [] : compileEntry(entry, { mirror, pullSecrets, index, report, locate }),
  );
  reportDuplicates(
    compiled.flatMap(({ origins }) => origins),
    list,
  );
  const rules = compiled.flatMap((one) => one.rules);
  const diagnostics = list.inFileOrder();
  if (list.hasErrors) return { ruleSet: undefined, diagnostics };
  const open = withoutClosed(file as RulesFile, exits);
  return {
    ruleSet: buildRuleSet(
      { file: open, bypass, exits, namespaceDestinations: namespaceDestinations(open) },
      rules,
      officialImages(rules),
    ),
    diagnostics,
  };
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

/**
 * Returns the official images among the rules for Docker Hub: `docker.io/nginx` names both what is
 * below `nginx/` and the image `nginx`, which the index knows as `library/nginx`. If that name has
 * a rule too, that rule decides.
 */
function officialImages(rules: readonly Rule[]): Rule[] {
  const ofHub = rules.filter(
    ({ origin }) => origin.kind === 'host' && origin.host === dockerHub && origin.path !== '',
  );
  const named = new Set(ofHub.map(({ origin }) => origin.path));
  return ofHub.flatMap((rule) => {
    const path = officialPath(rule.origin.path);
    if (named.has(path)) return [];
    return { ...rule, origin: { ...rule.origin, path }, restStart: path.length + 1 };
  });
}

function reportDuplicates(origins: readonly NamedOrigin[], list: DiagnosticList): void {
  const first = new Map<string, NamedOrigin>();
  for (const named of origins) {
    const { kind, host, path } = named.origin;
    const key = `${kind} ${host}/${path}`;
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
