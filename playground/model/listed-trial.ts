import { type Decision, decide } from '../../src/decision/decide.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import type { PastedImage } from './pasted-images.ts';

/**
 * ListedTrial is an image of a list. It is decided when somebody reads the decision: of thousands
 * of images a key shows a few.
 */
export class ListedTrial {
  readonly image: string;
  readonly line: number;
  readonly namespace: string;
  readonly #ruleSet: RuleSet;
  #decision: Decision | undefined;

  constructor({ image, line }: PastedImage, namespace: string, ruleSet: RuleSet) {
    this.image = image;
    this.line = line;
    this.namespace = namespace;
    this.#ruleSet = ruleSet;
  }

  get decision(): Decision {
    this.#decision ??= decide(this.image, this.#ruleSet, { namespace: this.namespace });
    return this.#decision;
  }
}
