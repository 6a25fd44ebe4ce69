import type { Repository } from '../registry/repository.ts';
import { append } from '../rules/append.ts';
import { type Answers, referenceAt, type Side } from './answers.ts';
import { askCopies } from './ask-copies.ts';
import { askDates } from './ask-dates.ts';
import {
  type Asking,
  askEach,
  askFirst,
  askListing,
  askTagList,
  type Questions,
  questionsAtOnce,
} from './ask-tags.ts';
import { forEachAtOnce } from './concurrency.ts';
import { formatRepository, type Located } from './located.ts';
import type { Platforms } from './platforms.ts';
import type { PullsOptions } from './pulls.ts';
import { whyStanding } from './standing.ts';
import type { Source, Wanted } from './wanted.ts';

/** The most tags of a repository that are read to see whether the only wanted one is new. */
const mostTags = 1_000;

/** SurveyOptions say how much is asked. */
export interface SurveyOptions {
  /** True to ask for every source, as a plan for people shows it; else only if it matters. */
  readonly asksAll: boolean;
  /** What is copied of an index: fewer platforms have another digest to compare. */
  readonly platforms: Platforms;
  /** Says whether indexes may be read to compare them. */
  readonly budget: PullsOptions['budget'];
  readonly signal?: AbortSignal | undefined;
  /** Gets the number of images that have been looked at. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Asks both sides for what a plan needs, and adds it to the answers. A source is asked only if the
 * mirror has that name and it may move, or if several sources have it: what the mirror lacks is read
 * from its origin anyway.
 */
export async function surveyMirror(
  asking: Asking,
  wanted: readonly Wanted[],
  answers: Answers,
  options: SurveyOptions,
): Promise<void> {
  const survey = new Survey(asking, answers, options);
  await survey.askMirror(wanted);
  const needed = wanted.filter((one) => isSourceNeeded(one, answers, options));
  await survey.askOrigins(needed, wanted.length);
  await askDates(asking, needed, answers, options);
}

class Survey {
  readonly #client: Asking;
  readonly #answers: Answers;
  readonly #options: SurveyOptions;
  /** The first question of each side to a registry that may have lists of digests. */
  readonly #first = { origin: new Map<string, Promise<void>>(), mirror: new Map() };

  constructor(client: Asking, answers: Answers, options: SurveyOptions) {
    this.#client = client;
    this.#answers = answers;
    this.#options = options;
  }

  /** Asks the mirror for all names, a repository at a time. That is half of the progress. */
  async askMirror(wanted: readonly Wanted[]): Promise<void> {
    const groups = new Map<string, Wanted[]>();
    for (const one of wanted) append(groups, formatRepository(one.destination.repository), one);
    let asked = 0;
    await forEachAtOnce(groups.values(), questionsAtOnce, async (group) => {
      if (this.#options.signal?.aborted) return;
      await this.#askMirror(group, wanted.length === 1);
      asked += group.length;
      this.#options.onProgress?.(Math.floor(asked / 2));
    });
  }

  /**
   * Asks about the wanted names in one repository. If only one name is wanted, the list of tags comes
   * first: it also says whether the repository holds anything, so one request answers both.
   */
  async #askMirror(group: readonly Wanted[], isOnly: boolean): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const { destination } = first;
    const questions = this.#questions('mirror', destination.repository);
    const standing = new Set<string>();
    for (const one of group) {
      const reference = referenceAt('mirror', one.destination);
      questions.unknown.add(reference);
      if (whyStanding(one) !== undefined) standing.add(reference);
    }
    let listed = isOnly
      ? await askTagList(questions, standing, mostTags)
      : await this.#askListing(questions, standing);
    const isStanding = [...questions.unknown].filter((reference) => standing.has(reference));
    if (!isOnly && isStanding.length > 1) listed = await askTagList(questions, standing);
    await askEach(questions);
    const isMissing = (one: Wanted) =>
      this.#answers.of('mirror', one.destination)?.state === 'missing';
    if (!listed.isWhole && group.every(isMissing))
      listed = await askTagList(questions, standing, 1);
    if (listed.isEmpty) this.#answers.addNew(destination);
  }

  /** Asks the origins of sources in turn: the next one only if those before it lack the image. */
  async askOrigins(needed: readonly Wanted[], total: number): Promise<void> {
    const { signal, onProgress } = this.#options;
    for (;;) {
      const groups = this.#pending(needed);
      if (groups.length === 0) return;
      let asked = 0;
      await forEachAtOnce(groups, questionsAtOnce, async (questions) => {
        if (signal?.aborted) return;
        await this.#askListing(questions);
        await askEach(questions);
        asked++;
        onProgress?.(Math.floor((total / 2) * (1 + asked / groups.length)));
      });
      if (signal?.aborted) return;
      // A copy that cannot be made leaves the question to the next origin.
      await askCopies(this.#client, needed, this.#answers, this.#options);
    }
  }

  /** Returns the questions that are open, by repository. */
  #pending(needed: readonly Wanted[]): Questions[] {
    const groups = new Map<string, Questions>();
    for (const { sources } of needed) {
      for (const source of sources) {
        const origin = this.#pendingOrigin(source);
        if (origin === undefined) continue;
        const key = formatRepository(origin.repository);
        const questions = groups.get(key) ?? this.#questions('origin', origin.repository);
        groups.set(key, questions);
        questions.unknown.add(referenceAt('origin', origin));
      }
    }
    return [...groups.values()];
  }

  #pendingOrigin({ origins }: Source): Located | undefined {
    for (const origin of origins) {
      const answer = this.#answers.of('origin', origin);
      if (answer === undefined) return origin;
      if (answer.state === 'there') return undefined;
    }
    return undefined;
  }

  #questions(side: Side, repository: Repository): Questions {
    const record = this.#answers.recorder(side, { repository });
    const { signal } = this.#options;
    return { client: this.#client, side, repository, unknown: new Set(), record, signal };
  }

  async #askListing(
    questions: Questions,
    standing?: ReadonlySet<string>,
  ): ReturnType<typeof askListing> {
    await askFirst(questions, this.#first[questions.side]);
    return await askListing(questions, standing);
  }
}

function isSourceNeeded(wanted: Wanted, answers: Answers, { asksAll }: SurveyOptions): boolean {
  const { destination, sources, isFixed } = wanted;
  const answer = answers.of('mirror', destination);
  const isThere = answer?.state === 'there' || answer?.state === 'stands';
  if (isThere && whyStanding(wanted) !== undefined) return false;
  if (asksAll) return true;
  if (isFixed) return false;
  if (sources.length > 1) return true;
  if (answer?.state !== 'there') return false;
  return sources[0]?.origins[0]?.digest !== answer.digest;
}
