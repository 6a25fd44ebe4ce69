import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Collision } from '../../src/decision/collisions.ts';
import { type Explanation, explain } from '../../src/decision/explain.ts';
import { FollowedRules } from '../../src/rules/followed-rules.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { findCollisions } from './collisions.ts';
import { type CountedTrials, countTrials, noTrials } from './counted-trials.ts';
import { type Example, type ExampleName, exampleNames, examples } from './examples.ts';
import { createHistory, type UndoHistory } from './history.ts';
import { inSlices, type Sliced } from './in-slices.ts';
import type { Shared } from './share.ts';
import { type Input, type Result, readInput, type Trial, tryInput } from './try-input.ts';
import { defaultWebhook, type WebhookChoices } from './webhook-choices.ts';

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
  /** The only action that is listed; all if it is empty. */
  readonly filter: Signal<string>;
  /** The name of the target that is shown, and the path of its file; empty for the first. */
  readonly target: Signal<string>;
  readonly file: Signal<string>;
  readonly webhook: Signal<WebhookChoices>;
  /** What the text of the rules was read as. */
  readonly loaded: ReadonlySignal<LoadedText>;
  /** The rules in force: while the text is broken, those of the last valid one. */
  readonly ruleSet: ReadonlySignal<RuleSet | undefined>;
  readonly isBroken: ReadonlySignal<boolean>;
  readonly tried: ReadonlySignal<Input>;
  readonly result: ReadonlySignal<Result>;
  /** What is tried by action; with many images it comes some pictures after `result`. */
  readonly counted: Sliced<CountedTrials>;
  readonly collisions: ReadonlySignal<readonly Collision[]>;
  /** The trial that is selected, and how its decision comes about. */
  readonly trace: ReadonlySignal<Trace | undefined>;
  /** Lists the examples in the order in which they are offered; the page opens with the first. */
  readonly exampleNames: readonly ExampleName[];
  /** The example that was opened last; undefined for what a link brought. */
  readonly example: ReadonlySignal<ExampleName | undefined>;
  /** What a link brought; undefined if there was none. */
  readonly linked: ReadonlySignal<Shared | undefined>;
  readonly shared: ReadonlySignal<Shared>;
  /** Of rules, input and namespace. */
  readonly history: UndoHistory<object>;
  open(example: ExampleName): void;
  restore(shared: Shared): void;
  /** Goes back to the example, or to what the link brought. */
  reset(): void;
}

/** LoadedText is the rules in force, and what is wrong with the text as it is now. */
export type LoadedText = Pick<FollowedRules, 'current' | 'isBroken' | 'diagnostics'>;

/** Trace is how the decision about one trial comes about. */
export interface Trace extends Explanation {
  readonly trial: Trial;
}

const defaultNamespace = 'default';
/** More of them cannot all be decided before the picture that follows a keystroke. */
const manyTrials = 200;
const nothing: Result = { trials: [], answers: [], errors: [], namespaceRules: new Map() };

/**
 * Begins with what a link brought, else with `served`, the rules of the server that sent the page,
 * else with the first example.
 */
export function createModel(initial: Shared | undefined, served?: string): Model {
  const offered: readonly ExampleName[] =
    served === undefined ? exampleNames : ['server', ...exampleNames];
  const exampleOf = (name: ExampleName): Example =>
    name === 'server' ? { ...examples.public, rules: served ?? '' } : examples[name];
  const [opened = 'public'] = offered;
  const example = signal<ExampleName | undefined>(initial === undefined ? opened : undefined);
  const rules = signal(initial?.rules ?? exampleOf(opened).rules);
  const input = signal(initial?.input ?? exampleOf(opened).input);
  const namespace = signal(initial?.namespace ?? defaultNamespace);
  const tab = signal(asTab(initial?.tab));
  const selected = signal(initial?.selected ?? 0);
  const filter = signal(initial?.filter ?? '');
  const target = signal(initial?.target ?? '');
  const file = signal(initial?.file ?? '');
  const webhook = signal(initial?.webhook ?? defaultWebhook);
  const linked = signal(initial);

  const followed = new FollowedRules();
  const loaded = computed((): LoadedText => {
    followed.accept(rules.value);
    const { current, isBroken, diagnostics } = followed;
    return { current, isBroken, diagnostics };
  });
  const ruleSet = computed(() => loaded.value.current);
  const tried = computed(() => readInput(input.value));
  const result = computed(() =>
    ruleSet.value === undefined ? nothing : tryInput(tried.value, ruleSet.value, namespace.value),
  );
  const follow = <Found>(
    rest: number,
    work: (result: Result) => Generator<undefined, Found>,
    first: Found,
  ) => inSlices(result, ({ trials }) => (trials.length > manyTrials ? rest : 0), work, first);
  // Keys that follow fast meet none of the work.
  const counted = follow<CountedTrials>(30, countTrials, noTrials);
  // Nobody needs them at each keystroke.
  const { found: collisions } = follow<readonly Collision[]>(200, findCollisions, []);
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
      selected: selected.value,
      filter: filter.value,
      target: target.value,
      file: file.value,
      webhook: webhook.value,
    };
  });

  const edited = () => ({
    rules: rules.value,
    input: input.value,
    namespace: namespace.value,
    example: example.value,
  });
  const history = createHistory(edited(), (earlier) => {
    batch(() => {
      rules.value = earlier.rules;
      input.value = earlier.input;
      namespace.value = earlier.namespace;
      example.value = earlier.example;
    });
  });
  effect(() => history.record(edited()));

  const open = (name: ExampleName) => {
    batch(() => {
      example.value = name;
      rules.value = exampleOf(name).rules;
      input.value = exampleOf(name).input;
      namespace.value = defaultNamespace;
      selected.value = 0;
    });
  };
  const restore = (other: Shared) => {
    batch(() => {
      linked.value = other;
      example.value = undefined;
      rules.value = other.rules;
      input.value = other.input;
      namespace.value = other.namespace;
      tab.value = asTab(other.tab);
      selected.value = other.selected;
      filter.value = other.filter;
      target.value = other.target;
      file.value = other.file;
      webhook.value = other.webhook;
    });
  };

  return {
    rules,
    input,
    namespace,
    tab,
    selected,
    filter,
    target,
    file,
    webhook,
    linked,
    history,
    loaded,
    ruleSet,
    isBroken: computed(() => loaded.value.isBroken),
    tried,
    result,
    counted,
    collisions,
    trace,
    exampleNames: offered,
    example,
    shared,
    open,
    restore,
    reset() {
      if (example.value !== undefined) open(example.value);
      else if (linked.value !== undefined) restore(linked.value);
    },
  };
}

function asTab(name: string | undefined): Tab {
  return tabs.find((each) => each === name) ?? 'decisions';
}
