import { t } from './messages/messages.ts';
import { type Model, type Tab, tabs } from './model/model.ts';
import { Decisions } from './view/decisions.tsx';
import { Empty } from './view/empty.tsx';
import { Header } from './view/header.tsx';
import { InputPane } from './view/input-pane.tsx';
import { ManifestView } from './view/manifest.tsx';
import { notice } from './view/notice.ts';
import { PatchView } from './view/patch.tsx';
import { RulesPane } from './view/rules-pane.tsx';
import { Tabs } from './view/tabs.tsx';
import { TargetsView } from './view/targets.tsx';
import { Trace } from './view/trace.tsx';
import { WebhookView } from './view/webhook.tsx';

export function App({ model }: { readonly model: Model }) {
  const words = t.value;
  return (
    <>
      <button
        type="button"
        class="skip"
        onClick={() => document.getElementById('results')?.focus()}
      >
        {words.skipToResults}
      </button>
      <Header model={model} />
      <main>
        <RulesPane model={model} />
        <InputPane model={model} />
        <section class="pane results" id="results" tabIndex={-1} aria-label={words.results}>
          <Tabs
            label={words.results}
            id="tab"
            names={tabs}
            chosen={model.tab.value}
            choose={(tab) => {
              model.tab.value = tab;
            }}
            titleOf={(tab) => words.tabs[tab]}
          >
            {model.isBroken.value && model.ruleSet.value !== undefined && (
              <p class="stale">{words.stale}</p>
            )}
            <View model={model} tab={model.tab.value} />
          </Tabs>
        </section>
        <Trace model={model} />
      </main>
      <p class="notice" role="status" data-shown={notice.value !== ''}>
        {notice.value}
      </p>
    </>
  );
}

function View({ model, tab }: { readonly model: Model; readonly tab: Tab }) {
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
      return <WebhookView />;
  }
}
