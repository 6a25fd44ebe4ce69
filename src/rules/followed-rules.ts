import type { Diagnostic } from './diagnostic.ts';
import { type LoadedRules, loadRules } from './load.ts';
import type { RuleSet } from './rule-set.ts';

/**
 * Acceptance is what became of a text: `same` is the one in force already, `accepted` puts new
 * rules in force, `broken` has mistakes.
 */
export type Acceptance = 'same' | 'accepted' | 'broken';

/** RulesVersion is a set of rules with the text that they were loaded from. */
export interface RulesVersion {
  readonly text: string;
  readonly ruleSet: RuleSet;
}

/**
 * FollowedRules are rules whose text changes: the last valid text stays in force until there is
 * another. It reads nothing by itself.
 */
export class FollowedRules {
  #load: (text: string) => LoadedRules;
  /** The last text that was valid when it came. A broken one is not kept: it may be large. */
  #text: string | undefined;
  #current: RuleSet | undefined;
  #isBroken = false;
  #diagnostics: readonly Diagnostic[] = [];

  constructor(load: (text: string) => LoadedRules = loadRules, first?: RulesVersion) {
    this.#load = load;
    this.#text = first?.text;
    this.#current = first?.ruleSet;
  }

  /** Returns the rules in force; undefined before there was a valid text. */
  get current(): RuleSet | undefined {
    return this.#current;
  }

  /** Returns the text of the rules in force; undefined before there was a valid text. */
  get text(): string | undefined {
    return this.#text;
  }

  /**
   * Reports whether the last text has mistakes or cannot be read, so that older rules are in force.
   */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Returns everything that was found in the last text. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  /** Takes in that the text cannot be read. The next one counts as new, even if it is the same. */
  noteUnreadable(): void {
    this.#isBroken = true;
  }

  /** Reports whether the rules of a text are in force already. */
  holds(text: string): boolean {
    return text === this.#text && !this.#isBroken;
  }

  /** Puts the rules of a text in force if it has no mistakes. */
  accept(text: string): Acceptance {
    return this.holds(text) ? 'same' : this.take(text, this.#load(text));
  }

  /** Puts the rules in force that a text was read as, if it has no mistakes. */
  take(text: string, { ruleSet, diagnostics }: LoadedRules): Exclude<Acceptance, 'same'> {
    this.#diagnostics = diagnostics;
    this.#isBroken = ruleSet === undefined;
    if (ruleSet === undefined) return 'broken';
    this.#text = text;
    this.#current = ruleSet;
    return 'accepted';
  }

  /**
   * Loads the last valid text in another way, because what it may contain has changed. If it may
   * not contain this any more, no rules are in force.
   */
  reload(load: (text: string) => LoadedRules): Acceptance {
    this.#load = load;
    if (this.#text === undefined) return 'broken';
    const { ruleSet, diagnostics } = load(this.#text);
    this.#current = ruleSet;
    this.#diagnostics = diagnostics;
    this.#isBroken = ruleSet === undefined;
    return this.#isBroken ? 'broken' : 'accepted';
  }
}
