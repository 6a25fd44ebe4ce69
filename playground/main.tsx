import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app.tsx';
import { t } from './messages/messages.ts';
import { createModel, type Model } from './model/model.ts';
import { fromFragment, type Shared, toFragment } from './model/share.ts';
import { showNotice } from './view/notice.ts';
import './style/tokens.css';
import './style/page.css';
import './style/header.css';
import './style/panes.css';
import './style/results.css';
import './style/decisions.css';
import './style/trace.css';
import './style/outputs.css';

/** How long nothing must happen before the address takes up the state, in milliseconds. */
const rest = 400;

void fromFragment(location.hash).then(start);

function start(linked: Shared | undefined): void {
  const model = createModel(linked);
  const root = document.getElementById('app');
  if (root !== null) render(<App model={model} />, root);
  reportBrokenLink(linked);
  keepInAddress(model);
  // Another link pasted into the address of the open page.
  addEventListener('hashchange', async () => {
    const found = await fromFragment(location.hash);
    reportBrokenLink(found);
    if (found !== undefined) model.restore(found);
  });
}

/**
 * Keeps the state in the address, so that nothing is lost when the page is loaded again. As long as
 * nothing changes, the address stays short.
 */
function keepInAddress(model: Model): void {
  let timer = 0;
  const first = model.shared.value;
  effect(() => {
    const { value: shared } = model.shared;
    if (shared === first) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      void toAddress(shared).then((fragment) => history.replaceState(null, '', fragment));
    }, rest);
  });
}

/**
 * Returns the fragment for the state; only for the rules if all would be too long, because what is
 * tried can be pasted again.
 */
async function toAddress(shared: Shared): Promise<string> {
  const whole = await toFragment(shared);
  return whole ?? (await toFragment({ ...shared, input: '' })) ?? '#';
}

function reportBrokenLink(found: Shared | undefined): void {
  if (found === undefined && location.hash.startsWith('#1.')) showNotice(t.peek().brokenLink);
}
