import { RegistryError } from '../registry/registry-error.ts';
import type { Answer, Answers } from './answers.ts';
import type { Finding, Note } from './finding.ts';
import type { Listed } from './listed.ts';
import { formatLocated, type Located } from './located.ts';
import { overwriteWithin, whyStanding } from './standing.ts';
import type { Source, Wanted, Wishes } from './wanted.ts';

/** PlannedImage is one name of the mirror, with what is to be done about it and why. */
export interface PlannedImage {
  readonly destination: Located;
  /** The listed images that have this name; more than one only if they are equal or in conflict. */
  readonly listed: readonly Listed[];
  readonly action: 'copy' | 'nothing' | 'impossible';
  readonly why:
    | 'missing' // copy: the mirror does not have it
    | 'changed' // copy: the mirror has another digest
    | 'equal' // nothing
    | 'left-alone' // nothing: a rule names an image that somebody made, and it is there
    | 'immutable' // nothing: the mirror has the tag, which is listed as one that never moves
    | 'stands' // nothing: the mirror has the tag, and overwrite is never
    | 'older-change' // nothing: it changed longer ago than overwrite says
    | 'undated-change' // nothing: overwrite needs the date of the change, which is unknown
    | 'not-made' // impossible: a rule names an image that somebody has to make
    | 'same-name' // impossible: different images have this name
    | 'no-origin' // impossible: no origin has it
    | 'not-asked' // impossible: the run was stopped before the mirror was asked
    | 'no-pulls' // impossible: its origin allows no more pulls now
    | 'failed'; // impossible: a registry did not say
  /** The places to read it from, in this order. */
  readonly origins: readonly Located[];
  /** The digest at the origin, if it is known. */
  readonly sourceDigest: string | undefined;
  /** The digest at the mirror, if it has one. */
  readonly mirrorDigest: string | undefined;
  /** For what is impossible: what is wrong, and what to do. */
  readonly message?: string | undefined;
  /** The digest of a copy with the wanted platforms only, if the index was read for it. */
  readonly copyDigest: string | undefined;
  /** Undefined if the origin was not asked. */
  readonly isIndex: boolean | undefined;
  /** True if all platforms are copied, whatever `sync.platforms` says. */
  readonly isWhole: boolean;
  /** True if the tag stays as it is once the mirror has it. */
  readonly stands: boolean;
  /** True if the destination's repository has no tag yet. */
  readonly isNewRepository: boolean;
}

/** Plan is what would be copied where and why. */
export interface Plan {
  readonly images: readonly PlannedImage[];
  readonly findings: readonly Finding[];
  readonly notes: readonly Note[];
}

/** Plans the images by what both sides answered, at a time `now`. Pure. */
export function planMirror({ wanted, ...remarks }: Wishes, answers: Answers, now: Date): Plan {
  return { images: wanted.map((one) => planImage(one, answers, now)), ...remarks };
}

function planImage(wanted: Wanted, answers: Answers, now: Date): PlannedImage {
  const { destination, sources, isWhole } = wanted;
  const mirror = answers.of('mirror', destination);
  const found = sources.map((source) => lookAt(source, answers));
  const [first] = found;
  const { action, why, message } = decideCopy(wanted, mirror, found, now);
  // One by one: plans have hundreds of thousands of these, and a copy of an object takes more memory.
  return {
    destination,
    listed: sources.map(({ listed }) => listed),
    action,
    why,
    origins: first?.origins ?? [],
    sourceDigest: first?.digest,
    mirrorDigest: mirror?.state === 'there' ? mirror.digest : undefined,
    message,
    copyDigest: isWhole ? undefined : first?.copyDigest,
    isIndex: first?.isIndex,
    isWhole,
    stands: whyStanding(wanted) !== undefined,
    isNewRepository: answers.isNew(destination),
  };
}

const notAsked = 'the run was stopped before its destination was asked';

type Verdict = Pick<PlannedImage, 'action' | 'why'> & { readonly message?: string };

function decideCopy(
  wanted: Wanted,
  mirror: Answer | undefined,
  found: readonly Found[],
  now: Date,
): Verdict {
  if (mirror === undefined) return { action: 'impossible', why: 'not-asked', message: notAsked };
  if (mirror.state === 'failed') return failure(mirror.error);
  if (wanted.isFixed) return decideFixed(wanted, mirror);
  const standing = mirror.state === 'missing' ? undefined : whyStanding(wanted);
  if (standing !== undefined) return { action: 'nothing', why: standing };
  // A registry that did not answer is the reason that the images cannot be compared.
  const failed = found.find(({ problem }) => problem && problem.why !== 'no-origin');
  if (failed?.problem !== undefined) return failed.problem;
  if (found.length > 1 && !areEqual(found)) return conflict(found);
  const [source] = found;
  if (source?.problem !== undefined) return source.problem;
  if (mirror.state !== 'there') return { action: 'copy', why: 'missing' };
  const isCopy = !wanted.isWhole && mirror.digest === source?.copyDigest;
  if (isCopy || mirror.digest === source?.digest) return { action: 'nothing', why: 'equal' };
  return decideChanged(wanted, source, now);
}

/** Decides about an image that somebody made: it is never written. */
function decideFixed({ destination, rule }: Wanted, { state }: Answer): Verdict {
  if (state !== 'missing') return { action: 'nothing', why: 'left-alone' };
  const message = `the rule in line ${rule.line} names ${formatLocated(destination)}, an image of your own, which the mirror lacks: push it`;
  return { action: 'impossible', why: 'not-made', message };
}

function decideChanged(wanted: Wanted, source: Found | undefined, now: Date): Verdict {
  const within = overwriteWithin(wanted);
  if (within === undefined) return { action: 'copy', why: 'changed' };
  if (source?.updated === undefined) return undatedChange(source?.undated);
  const isRecent = now.getTime() - source.updated <= within;
  return isRecent ? { action: 'copy', why: 'changed' } : { action: 'nothing', why: 'older-change' };
}

function undatedChange(error: Error | undefined): Verdict {
  const verdict = { action: 'nothing', why: 'undated-change' } as const;
  if (error === undefined) return verdict;
  const message = `it changed, its registry does not say when, and overwrite is for recent changes only: ${error.message}`;
  return { ...verdict, message };
}

/** Found is what is known about a source. */
interface Found {
  readonly source: Source;
  /** Undefined if nobody was asked, or nobody has it. */
  readonly digest: string | undefined;
  /** The digest of a copy with fewer platforms, if that was asked for. */
  readonly copyDigest?: string | undefined;
  /** When it changed, in milliseconds since 1970, if that is known. */
  readonly updated?: number | undefined;
  /** Why that is not known, if its list failed. */
  readonly undated?: Error | undefined;
  readonly isIndex?: boolean | undefined;
  readonly origins: readonly Located[];
  readonly problem?: Verdict;
}

function lookAt(source: Source, answers: Answers): Found {
  const { origins } = source;
  const asked = origins.map((origin) => answers.of('origin', origin));
  const at = asked.findIndex((answer) => answer?.state === 'there');
  const answer = asked[at];
  if (answer?.state === 'there') {
    // Those before it lack the image; those after it may have another one by now.
    const { digest, copyDigest, isIndex, updated, undated } = answer;
    const left = at === 0 ? origins : origins.slice(at);
    return { source, digest, copyDigest, isIndex, updated, undated, origins: left };
  }
  const pinned = origins[0]?.digest;
  if (asked.some((one) => one === undefined)) return { source, digest: pinned, origins };
  const failed = asked.find((one) => one?.state === 'failed');
  const names = origins.map(formatLocated).join(' or ');
  const problem: Verdict =
    failed?.state === 'failed'
      ? failure(failed.error)
      : {
          action: 'impossible',
          why: 'no-origin',
          message: `there is no ${names}: check the name and the tag`,
        };
  return { source, digest: undefined, origins, problem };
}

function failure(error: Error): Verdict {
  const isRateLimit = error instanceof RegistryError && error.isRateLimit;
  const why = isRateLimit ? 'no-pulls' : 'failed';
  return { action: 'impossible', why, message: error.message };
}

function areEqual(found: readonly Found[]): boolean {
  const digests = new Set(found.map(({ digest }) => digest));
  return digests.size === 1 && !digests.has(undefined);
}

function conflict(found: readonly Found[]): Verdict {
  const names = found.map(({ source, digest }) => {
    return `${source.listed.image} (${source.listed.place}, ${digest ?? 'digest unknown'})`;
  });
  const message = `different images would have this name: ${names.join(' and ')}; change the rules, or take all but one off the list`;
  return { action: 'impossible', why: 'same-name', message };
}
