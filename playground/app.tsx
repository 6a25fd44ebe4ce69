import { signal } from '@preact/signals';
import { t } from './messages/messages.ts';
import { type Model, type Tab, tabs } from './model/model.ts';
import { InputPane, ManifestView, Printed, RulesPane, TargetsView, WebhookView } from './panes.tsx';
import { Decisions } from './view/decisions.tsx';
import { Empty } from './view/empty.tsx';
import { Footer } from './view/footer.tsx';
import { Header } from './view/header.tsx';
import { notice } from './view/notice.ts';
import { PatchView } from './view/patch.tsx';
import { Tabs } from './view/tabs.tsx';

interface Props {
  readonly model: Model;
}

/** Lists the panes in the order in which a narrow window offers them. */
const panes = ['results', 'rules', 'input'] as const;
/** The pane that a narrow window shows. */
const shownPane = signal<(typeof panes)[number]>('results');

/** Chooses the pane to show if only one fits. The style sheet hides it in wider windows. */
function PaneChoice() {
  return (
    <nav class="pane-choice" aria-label={t.value.panes}>
      {panes.map((name) => (
        <button
          type="button"
          key={name}
          aria-pressed={name === shownPane.value}
          onClick={() => {
            shownPane.value = name;
          }}
        >
          {t.value[name]}
        </button>
      ))}
    </nav>
  );
}

/** Shows the whole page: rules, input and results. */
export function App({ model }: Props) {
  const texts = t.value;
  return (
    <>
      <button
        type="button"
        class="skip"
        onClick={() => document.getElementById('results')?.focus()}
      >
        {texts.skipToResults}
      </button>
      <Header model={model} />
      <PaneChoice />
      <main data-shown={shownPane.value}>
        <RulesPane model={model} />
        <InputPane model={model} />
        <section class="pane results" id="results" tabIndex={-1} aria-label={texts.results}>
          <h2 class="unseen">{texts.results}</h2>
          <Tabs
            label={texts.results}
            id="tab"
            names={tabs}
            chosen={model.tab.value}
            choose={(tab) => {
              model.tab.value = tab;
            }}
            titleOf={(tab) => texts.tabs[tab]}
          >
            <View model={model} tab={model.tab.value} />
            {model.isBroken.value && model.ruleSet.value !== undefined && (
              <p class="stale">{texts.stale}</p>
            )}
          </Tabs>
        </section>
      </main>
      <Footer />
      <Printed model={model} />
      <p class="notice" role="status" data-shown={notice.value !== ''}>
        {notice.value}
      </p>
    </>
  );
}

function View({ model, tab }: Props & { readonly tab: Tab }) {
  if (tab !== 'webhook' && model.ruleSet.value === undefined) {
    return <Empty title={t.value.noRules} hint={t.value.noRulesHint} />;
  }
  switch (tab) {
    case 'decisions':
      return <Decisions model={model} />;
    case 'manifest':
      return <ManifestView model={model} />;
    case 'patch':
      return <PatchView model={model} />;
    case 'targets':
      return <TargetsView model={model} />;
    case 'webhook':
      return <WebhookView model={model} />;
  }
}
