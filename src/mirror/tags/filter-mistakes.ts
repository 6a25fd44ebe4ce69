import { nodeReference } from '../../reference/reference.ts';
import type { Diagnostic, Path } from '../../rules/diagnostic.ts';
import { formatPath } from '../../rules/format-path.ts';
import type { ReadableRules } from '../../rules/load.ts';

/** The most characters of a pattern or a range, because each tag is compared with it. */
const maxLength = 1_000;

type Mistake = Pick<Diagnostic, 'message' | 'expected'>;
/** Find returns what is wrong with a text, to be written after its path: `has 2000 characters`. */
type Find = (text: string) => Promise<Mistake | undefined>;

/**
 * Returns the mistakes in the tag filters of `sync` that the loader does not find. The libraries that
 * find them are too large for the webhook and the playground, which contain the loader; they are
 * loaded only for files that need them.
 */
export async function filterMistakes({
  file: { sync },
  locate,
}: Pick<ReadableRules, 'file' | 'locate'>): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const check = async (path: Path, text: string | undefined, find: Find) => {
    const mistake = text === undefined ? undefined : await find(text);
    if (mistake === undefined) return;
    const message = `${formatPath(path)} ${mistake.message}`;
    const { expected } = mistake;
    found.push({ ...locate(path), code: 'wrong-value', severity: 'error', message, expected });
  };
  for (const key of ['images', 'lists'] as const) {
    for (const [index, entry] of (sync?.[key] ?? []).entries()) {
      if (typeof entry === 'string' || entry.tags === undefined) continue;
      const path = ['sync', key, index];
      if ('from' in entry) await check([...path, 'from'], entry.from, tagMistake);
      await check([...path, 'tags', 'pattern'], entry.tags.pattern, patternMistake);
      await check([...path, 'tags', 'semver'], entry.tags.semver, rangeMistake);
    }
  }
  return found;
}

async function tagMistake(image: string): Promise<Mistake | undefined> {
  const { tag, digest } = nodeReference(image) ?? {};
  if (tag === undefined && digest === undefined) return undefined;
  const which = digest === undefined ? 'a tag' : 'a digest';
  return {
    message: `has ${which}, but tags choose among all tags of a repository`,
    expected: 'a repository without tag and digest, or no tags',
  };
}

async function patternMistake(pattern: string): Promise<Mistake | undefined> {
  if (pattern.length > maxLength) return tooLong(pattern);
  const { tagsLike } = await import('./pattern.ts');
  const error = errorOf(() => tagsLike(pattern));
  if (error === undefined) return undefined;
  const reason = error.message.replace(/^error parsing regexp: /, '');
  const expected = 'a regular expression of RE2, see https://github.com/google/re2/wiki/Syntax';
  return { message: `is not a pattern: ${reason}`, expected };
}

async function rangeMistake(range: string): Promise<Mistake | undefined> {
  if (range.length > maxLength) return tooLong(range);
  const { versionsIn } = await import('./version.ts');
  if (errorOf(() => versionsIn(range)) === undefined) return undefined;
  const expected = 'a range such as >=7.2 <8, ^1.4 or 1.x || 3.x, without leading zeros';
  return { message: 'is not a range of versions', expected };
}

/** Returns the error that a function throws; undefined if it succeeds. */
function errorOf(run: () => unknown): Error | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function tooLong({ length }: string): Mistake {
  return { message: `has ${length} characters`, expected: `at most ${maxLength}` };
}
