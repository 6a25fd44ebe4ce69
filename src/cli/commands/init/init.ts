import { existsSync, writeFileSync } from 'node:fs';
import { defaultRulesText } from '../../../rules/default.ts';
import { findImplicitFile } from '../../input/rules-file.ts';
import { type Terminal, UsageError, write } from '../../terminal.ts';
import { type Answers, askAnswers, canAsk } from './dialogue.ts';
import { type LayoutName, layoutNames } from './layouts.ts';
import { layoutMistake, mirrorMistake, newRules } from './new-rules.ts';

/** InitOptions are the options of `detour init`. */
export interface InitOptions {
  readonly mirror?: string;
  readonly layout?: LayoutName;
  readonly embedded?: boolean;
  readonly output?: string;
  readonly force?: boolean;
}

/** Writes a rules file, or prints it. */
export async function init(options: InitOptions, terminal: Terminal): Promise<number> {
  const { embedded, mirror, layout } = options;
  if (embedded && (mirror !== undefined || layout !== undefined))
    throw new UsageError(
      '--embedded has its own mirror and layout: leave out --mirror and --layout',
    );
  // Before the dialogue, so that nobody answers questions for a file that cannot be written.
  const place = findPlace(options);
  const text = embedded ? defaultRulesText : await writeRules(options, terminal);
  if (place === '-') {
    await write(terminal.stdout, text);
    return 0;
  }
  save(place, text, options.force);
  await write(terminal.stdout, nextSteps(place));
  return 0;
}

/** Returns where the file is written: `-` for standard output. */
function findPlace({ output, embedded, force }: InitOptions): string {
  const place = output ?? (embedded ? '-' : (findImplicitFile() ?? 'detour.yaml'));
  if (place !== '-' && !force && existsSync(place)) throw alreadyThere(place);
  return place;
}

function alreadyThere(place: string): UsageError {
  return new UsageError(
    `${place} exists already: add --force to overwrite it, or name another file with --output FILE`,
  );
}

async function writeRules(known: Partial<Answers>, terminal: Terminal): Promise<string> {
  const mistake = known.mirror === undefined ? undefined : mirrorMistake(known.mirror);
  if (mistake !== undefined) throw new UsageError(`--mirror: ${mistake}`);
  const { mirror, layout } = known;
  if (mirror !== undefined && layout !== undefined) return fittingRules({ mirror, layout });
  if (!canAsk(terminal)) {
    const needed = `--mirror ${mirror ?? 'HOST'} --layout ${layout ?? layoutNames.join('|')}`;
    throw new UsageError(`there is no terminal to ask: use detour init ${needed}`);
  }
  const answers = await askAnswers(known, terminal);
  if (answers === undefined) throw new UsageError('nothing was written');
  return fittingRules(answers);
}

function fittingRules({ mirror, layout }: Answers): string {
  const text = newRules(mirror, layout);
  const mistake = layoutMistake(text, mirror, layout);
  if (mistake !== undefined) throw new UsageError(mistake);
  return text;
}

function save(place: string, text: string, force = false): void {
  try {
    writeFileSync(place, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyThere(place);
    throw new UsageError(`${place} cannot be written: ${(error as Error).message}`);
  }
}

function nextSteps(place: string): string {
  const isImplicit = place === findImplicitFile();
  const rules = isImplicit ? '' : ` --rules ${place}`;
  return `${place} is written. Next:
  edit it: its comments explain each part
  detour${rules} check            finds mistakes, and runs the tests under expect
  detour${rules} explain nginx    shows what becomes of an image, and why
  detour${rules} serve            runs the webhook
`;
}
