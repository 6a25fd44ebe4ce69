import type { Decision } from '../decision/decide.ts';
import type { Rule, RuleSet } from '../rules/rule-set.ts';
import { originsOf } from './alternatives.ts';
import { RemarksByEntry } from './by-entry.ts';
import type { Finding, Note } from './finding.ts';
import { withKeepingTag } from './keeping-tag.ts';
import type { Listed } from './listed.ts';
import {
  formatRepository,
  type Located,
  locate,
  referenceOf,
  SharedRepositories,
  writtenReference,
} from './located.ts';
import { decisionsOf } from './namespaces.ts';
import { NeverCopied } from './never.ts';
import { spellingsOf } from './spellings.ts';
import { contradictionOf, stricterOf } from './standing.ts';
import { whyNotCopied } from './why-not-copied.ts';

/** Source is an image that is listed, with the places where it can be read. */
export interface Source {
  readonly listed: Listed;
  /** The same for all names of an image that a `from` list gives it; undefined without a list. */
  readonly group: string | undefined;
  /** The first that answers is used. */
  readonly origins: readonly Located[];
}

/** Wanted is a name that the mirror should have. */
export interface Wanted {
  readonly destination: Located;
  /** Several if different images got this name: they are copied only if they are equal. */
  readonly sources: readonly Source[];
  /** The listed entry that says when its tag follows its source: of several, the strictest. */
  readonly strictest: Listed;
  /** The rule that gave the name. */
  readonly rule: Rule;
  /**
   * True if the rule names one image by a tag or digest of its own: somebody made that image, so it
   * is not overwritten.
   */
  readonly isFixed: boolean;
  /**
   * True if an image is listed by its digest. All its platforms are copied then, because an index of
   * some of them has another digest.
   */
  readonly isWhole: boolean;
}

/** Wishes are the names that lists and rules give, and what is listed and gets none. */
export interface Wishes {
  readonly wanted: readonly Wanted[];
  readonly findings: readonly Finding[];
  /** About images that are copied. */
  readonly notes: readonly Note[];
}

/**
 * Returns the names at the mirror that the rules give the listed images, for each spelling and
 * each namespace; `decide` alone says which. Pure.
 */
export function wantedImages(
  listed: Iterable<Listed>,
  ruleSet: RuleSet,
  never = new NeverCopied(ruleSet),
): Wishes {
  const wanted = new WantedNames(ruleSet);
  const findings = new RemarksByEntry<Finding['code']>();
  for (const one of listed) {
    const what = never.whatNames(one.image);
    if (what !== undefined) {
      findings.add(one, 'never', `${what} names it`);
      continue;
    }
    const decisions = spellingsOf(one.image).flatMap((image) => decisionsOf(image, ruleSet));
    const rewrites = decisions.filter(isRewrite);
    for (const decision of rewrites) wanted.add(one, decision);
    const [first] = decisions;
    if (rewrites.length > 0 || first === undefined) continue;
    const { code, message } = whyNotCopied(first);
    findings.add(one, code, message);
  }
  return { wanted: wanted.all, findings: findings.all(), notes: wanted.notes.all() };
}

type Rewrite = Decision & { readonly rule: Rule };

function isRewrite(decision: Decision): decision is Rewrite {
  return decision.action === 'rewrite' && decision.rule !== undefined;
}

/** WantedNames collects names, each once, in the order in which they are listed first. */
class WantedNames {
  readonly all: Wanted[] = [];
  readonly notes = new RemarksByEntry<Note['code']>();
  readonly #ruleSet: RuleSet;
  readonly #repositories = new SharedRepositories();
  /** The index of a name in `all`, by repository and reference. */
  readonly #places = new Map<string, Map<string, number>>();

  constructor(ruleSet: RuleSet) {
    this.#ruleSet = ruleSet;
  }

  add(listed: Listed, decision: Rewrite): void {
    const written = locate(decision.image);
    const origin = locate(listed.image);
    if (written === undefined || origin === undefined) return;
    const destination = this.#repositories.share(withKeepingTag(written));
    const { rule } = decision;
    const steps = [...(decision.earlier ?? []), decision];
    const { group, places } = originsOf(origin, steps[0]?.rule ?? rule, this.#ruleSet);
    const origins = places.map((one) => this.#repositories.share(one));
    const source: Source = { listed, group, origins };
    const isFixed = steps.some((step) => (step.rule?.destination?.suffix ?? '') !== '');
    const isWhole = origin.digest !== undefined;
    const wanted = { destination, sources: [source], strictest: listed, rule, isFixed, isWhole };
    this.#addName(wanted, source);
  }

  #addName(wanted: Wanted, source: Source): void {
    const repository = formatRepository(wanted.destination.repository);
    const inRepository = this.#places.get(repository) ?? new Map<string, number>();
    this.#places.set(repository, inRepository);
    const reference = writtenReference(wanted.destination);
    const place = inRepository.get(reference) ?? this.all.length;
    inRepository.set(reference, place);
    const known = this.all[place];
    this.all[place] = known === undefined ? wanted : this.#merge(known, wanted, source);
  }

  #merge(known: Wanted, wanted: Wanted, source: Source): Wanted {
    const { tag } = known.destination;
    const { listed } = source;
    const contradiction = contradictionOf(tag, listed, known.strictest);
    if (contradiction !== undefined) this.notes.add(listed, 'contradiction', contradiction);
    const strictest = stricterOf(tag, known.strictest, listed);
    const isKnown = known.sources.some((other) => isSame(other, source));
    if (isKnown) return strictest === known.strictest ? known : { ...known, strictest };
    return {
      ...known,
      strictest,
      sources: [...known.sources, source],
      isFixed: known.isFixed || wanted.isFixed,
      isWhole: known.isWhole || wanted.isWhole,
    };
  }
}

/** Reports whether two sources are names of one image. */
function isSame(one: Source, other: Source): boolean {
  return identityOf(one) === identityOf(other);
}

function identityOf({ group, origins: [first] }: Source): string | undefined {
  return group ?? (first && `${formatRepository(first.repository)} ${referenceOf(first)}`);
}
