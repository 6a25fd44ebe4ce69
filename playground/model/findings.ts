import { computed, type ReadonlySignal } from '@preact/signals';
import {
  type Expectation,
  testExpectations,
  unmetExpectations,
} from '../../src/decision/expectations.ts';
import { checkRules } from '../../src/rules/check.ts';
import type { Diagnostic } from '../../src/rules/diagnostic.ts';
import type { LoadedText } from './model.ts';

/** Findings are what the pane of the rules reports about them. */
export interface Findings {
  /** Of the rules file, findings of `check` included. */
  readonly diagnostics: ReadonlySignal<readonly Diagnostic[]>;
  /** The tests in the rules file; none while it is broken. */
  readonly expectations: ReadonlySignal<readonly Expectation[]>;
}

/** Looks for findings in the rules. The first picture of the page does without. */
export function findingsOf(loaded: ReadonlySignal<LoadedText>): Findings {
  const expectations = computed(() => {
    const { current, isBroken } = loaded.value;
    return current === undefined || isBroken ? [] : testExpectations(current);
  });
  const diagnostics = computed(() => {
    const { current, isBroken, diagnostics: found } = loaded.value;
    if (current === undefined || isBroken) return found;
    return [...found, ...checkRules(current), ...unmetExpectations(expectations.value)];
  });
  return { diagnostics, expectations };
}
