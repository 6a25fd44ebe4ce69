import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type Explanation, explain } from '../../src/decision/explain.ts';
import { checkRules } from '../../src/rules/check.ts';
import type { Diagnostic } from '../../src/rules/diagnostic.ts';
import { FollowedRules } from '../../src/rules/followed-rules.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { type Collision, findCollisions } from './collisions.ts';
import { type exampleNames, examples } from './examples.ts';
import type { Shared } from './share.ts';
import { type Input, type Result, readInput, type Trial, tryInput } from './try-input.ts';

/** Lists the tabs of the result, in their order on the page. */
export const tabs = ['decisions', 'manifest', 'patch', 'targets', 'webhook'] as const;
/** Tab is one of the tabs of the result. */
export type Tab = (typeof tabs)[number];

/** The whole state of the page: what the user puts in, and what follows from it. */
export interface Model {
  readonly rules: Signal<string>;
  readonly input: Signal<string>;
  /** Of lists of images; objects of a manifest name their own. */
  readonly namespace: Signal<string>;
  readonly tab: Signal<Tab>;
  /** Counts the trials. */
  readonly selected: Signal<number>;
  /** Of the rules file, findings of `check` included. */
  readonly diagnostics: ReadonlySignal<readonly Diagnostic[]>;
  /** The rules in force: while the text is broken, those of the last valid one. */
  readonly ruleSet: ReadonlySignal<RuleSet | undefined>;
  readonly isBroken: ReadonlySignal<boolean>;
  readonly tried: ReadonlySignal<Input>;
  readonly result: ReadonlySignal<Result>;
  readonly collisions: ReadonlySignal<readonly Collision[]>;
  /** The trial that is selected, and how its decision comes about. */
  readonly trace: ReadonlySignal<Trace | undefined>;
  /** The example that was opened last; undefined for what a link brought. */
  readonly example: ReadonlySignal<ExampleName | undefined>;
  readonly shared: ReadonlySignal<Shared>;
  open(example: ExampleName): void;
  restore(shared: Shared): void;
}

type ExampleName = (typeof exampleNames)[number];

/** Trace is how the decision about one trial comes about. */
export interface Trace extends Explanation {
  readonly trial: Trial;
}

const defaultNamespace = 'default';
const nothing: Result = { trials: [], answers: [], errors: [], namespaceRules: new Map() };

/** With what a link brought, else with the first example. */
export function createModel(initial: Shared | undefined): Model {
  const example = signal<ExampleName | undefined>(initial === undefined ? 'public' : undefined);
  const rules = signal(initial?.rules ?? examples.public.rules);
  const input = signal(initial?.input ?? examples.public.input);
  const namespace = signal(initial?.namespace ?? defaultNamespace);
  const tab = signal(asTab(initial?.tab));
  const selected = signal(0);

  const followed = new FollowedRules();
  const loaded = computed(() => {
    followed.accept(rules.value);
    const { current, isBroken, diagnostics } = followed;
    return { current, isBroken, diagnostics };
  });
  const ruleSet = computed(() => loaded.value.current);
  const diagnostics = computed(() => {
    const { current, isBroken, diagnostics: found } = loaded.value;
    return current === undefined || isBroken ? found : [...found, ...checkRules(current)];
  });
  const tried = computed(() => readInput(input.value));
  const result = computed(() =>
    ruleSet.value === undefined ? nothing : tryInput(tried.value, ruleSet.value, namespace.value),
  );
  const trace = computed((): Trace | undefined => {
    const { trials, namespaceRules } = result.value;
    const trial = trials[Math.min(selected.value, trials.length - 1)];
    if (trial === undefined || ruleSet.value === undefined) return undefined;
    const added = namespaceRules.get(trial.namespace);
    const explanation = explain(trial.image, ruleSet.value, trial, added);
    const { rule } = trial.decision;
    // What holds for the whole Pod is decided before any rule is asked.
    const considered = explanation.considered.map((each) =>
      each.rule === rule || each.verdict !== 'decided'
        ? each
        : ({ ...each, verdict: 'not-asked' } as const),
    );
    return { ...explanation, considered, trial };
  });

  const shared = computed((): Shared => {
    return {
      rules: rules.value,
      input: input.value,
      namespace: namespace.value,
      tab: tab.value,
    };
  });

  return {
    rules,
    input,
    namespace,
    tab,
    selected,
    diagnostics,
    ruleSet,
    isBroken: computed(() => loaded.value.isBroken),
    tried,
    result,
    collisions: computed(() => findCollisions(result.value.trials, result.value.namespaceRules)),
    trace,
    example,
    shared,
    open(name) {
      batch(() => {
        example.value = name;
        rules.value = examples[name].rules;
        input.value = examples[name].input;
        namespace.value = defaultNamespace;
        selected.value = 0;
      });
    },
    restore(other) {
      batch(() => {
        example.value = undefined;
        rules.value = other.rules;
        input.value = other.input;
        namespace.value = other.namespace;
        tab.value = asTab(other.tab);
        selected.value = 0;
      });
    },
  };
}

function asTab(name: string | undefined): Tab {
  return tabs.find((each) => each === name) ?? 'decisions';
}
