import { dirname, isAbsolute, join } from 'node:path';
import { Choices } from '../../../mirror/choices.ts';
import { type Finding, repositoryFinding } from '../../../mirror/finding.ts';
import { type Listed, readList } from '../../../mirror/listed.ts';
import { NeverCopied } from '../../../mirror/never.ts';
import { type SyncList, syncImages, syncLists } from '../../../mirror/sync-section.ts';
import type { RuleSet } from '../../../rules/rule-set.ts';
import { formatNames } from '../../counted.ts';
import { readImageList } from '../../input/image-list.ts';
import { type Terminal, UsageError } from '../../terminal.ts';

/** ListedImages is what a run is asked to copy. */
export interface ListedImages {
  readonly listed: readonly Listed[];
  /** The repositories that are listed and never copied. */
  readonly findings: readonly Finding[];
  readonly never: NeverCopied;
}

interface Rules {
  readonly ruleSet: RuleSet;
  readonly rulesFile: string;
}

/**
 * Reads what is listed: by the files of `--list`, else by the layout that images come from, else by
 * `sync.images` and `sync.lists`; and what `sync.neverLists` leaves out of it. The files that the
 * rules name are next to the rules file.
 */
export async function readListedImages(
  lists: readonly string[] | undefined,
  rules: Rules,
  terminal: Terminal,
  carried?: Pick<ListedImages, 'listed' | 'findings'>,
): Promise<ListedImages> {
  const never = await readNever(rules, terminal);
  if (lists === undefined && carried !== undefined)
    return { ...carried, listed: await withChoices(carried.listed, rules, terminal), never };
  const files: readonly SyncList[] = lists?.map((file) => ({ file })) ?? listsOf(rules);
  const listed =
    lists === undefined
      ? await readRuled(rules, terminal)
      : await readGiven(files, rules, terminal);
  if (listed.length > 0) return { ...withoutNever(listed, never), never };
  throw new UsageError(
    files.length === 0
      ? 'nothing is listed: name a list of images with --list FILE, or add sync.images or sync.lists to the rules file'
      : `nothing is listed: ${files.map(({ file }) => file).join(' and ')} has no images`,
  );
}

/** Reads what the rules file lists. */
async function readRuled(rules: Rules, terminal: Terminal): Promise<readonly Listed[]> {
  return [...syncImages(rules.ruleSet), ...(await readListFiles(listsOf(rules), terminal))];
}

/** Reads the files of `--list`. What the rules file says about tags holds for them as well. */
async function readGiven(
  files: readonly SyncList[],
  rules: Rules,
  terminal: Terminal,
): Promise<readonly Listed[]> {
  return await withChoices(await readListFiles(files, terminal), rules, terminal);
}

async function withChoices(
  given: readonly Listed[],
  rules: Rules,
  terminal: Terminal,
): Promise<readonly Listed[]> {
  const entries = [...syncImages(rules.ruleSet), ...syncLists(rules.ruleSet)];
  if (entries.every(({ choice }) => choice === undefined)) return given;
  const choices = await Choices.of(await readRuled(rules, terminal));
  return given.flatMap((one) => choices.applyTo(one));
}

/** Returns the files that the rules name. */
export function filesOfRules(rules: Rules): readonly string[] {
  return listFilesOf(rules).map(({ file }) => file);
}

/** Returns the files that the rules name, as they are written and where they are. */
export function listFilesOf({
  ruleSet,
  rulesFile,
}: Rules): readonly { readonly written: string; readonly file: string }[] {
  const never = ruleSet.file.sync?.neverLists ?? [];
  const names = [...syncLists(ruleSet).map(({ file }) => file), ...never];
  return names.map((written) => ({ written, file: nextTo(rulesFile, written) }));
}

function listsOf({ ruleSet, rulesFile }: Rules): readonly SyncList[] {
  return syncLists(ruleSet).map((list) => ({ ...list, file: nextTo(rulesFile, list.file) }));
}

async function readListFiles(
  files: readonly SyncList[],
  terminal: Terminal,
): Promise<readonly Listed[]> {
  const listed: Listed[] = [];
  // One by one: a call takes some hundred thousand arguments, and a list may have millions.
  for (const list of files) for (const one of await readListFile(list, terminal)) listed.push(one);
  return listed;
}

async function readNever({ ruleSet, rulesFile }: Rules, terminal: Terminal): Promise<NeverCopied> {
  const never = new NeverCopied(ruleSet);
  for (const name of ruleSet.file.sync?.neverLists ?? []) {
    const file = nextTo(rulesFile, name);
    const text = await readImageList(file, `the list ${file}`, terminal);
    requireNone(never.addList(text, file), 'images', 'an image or a repository without its tag');
  }
  return never;
}

/** Takes out repositories that are never copied, so that nobody asks for their tags. */
function withoutNever(
  listed: readonly Listed[],
  never: NeverCopied,
): Pick<ListedImages, 'listed' | 'findings'> {
  const findings: Finding[] = [];
  const left = listed.filter((one) => {
    const what = one.isRepository ? never.whatNamesRepository(one.image) : undefined;
    if (what === undefined) return true;
    findings.push(repositoryFinding(one, 'never', `${what} names it`));
    return false;
  });
  return { listed: left, findings };
}

/** Returns the path of a file next to the rules file. Rules that are not a file have no folder. */
function nextTo(rulesFile: string, file: string): string {
  const isAlone = isAbsolute(file) || rulesFile.startsWith('<');
  const place = isAlone ? file : join(dirname(rulesFile), file);
  // A list next to the rules is not standard input: this is a file with an odd name.
  return place === '-' ? './-' : place;
}

async function readListFile(
  { file, choice }: SyncList,
  terminal: Terminal,
): Promise<readonly Listed[]> {
  const text = await readImageList(file, `the list ${file}`, terminal);
  const place = file === '-' ? 'standard input' : file;
  const { listed, mistakes } = readList(text, place, choice);
  if (choice?.tags === undefined)
    requireNone(
      mistakes,
      'images',
      'an image, such as docker.io/library/nginx:1.27, or NAME:* for all tags',
    );
  else
    requireNone(
      mistakes,
      'repositories',
      'a repository without its tag, such as docker.io/library/nginx, because the list has tags in the rules file',
    );
  return listed;
}

/** Throws UsageError if lines are not what a list has. */
function requireNone(mistakes: readonly string[], what: string, form: string): void {
  if (mistakes.length === 0) return;
  throw new UsageError(
    `these lines are not ${what}: ${formatNames(mistakes)}; each line of this list is ${form}`,
  );
}
