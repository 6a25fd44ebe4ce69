import { render } from 'preact';
import { App } from './app.tsx';
import { t } from './messages/messages.ts';
import { examples } from './model/examples.ts';
import { keepWork, readKeptWork } from './model/kept-work.ts';
import { createModel } from './model/model.ts';
import { fromFragment, type Shared } from './model/share.ts';
import { showNotice } from './view/notice.ts';
import './style/tokens.css';
import './style/page.css';
import './style/header.css';
import './style/panes.css';
import './style/results.css';
import './style/decisions.css';
import './style/decision-list.css';
import './style/trace.css';

void fromFragment(location.hash).then(start);

function start(linked: Shared | undefined): void {
  const model = createModel(linked ?? readKeptWork(), servedRules());
  const root = document.getElementById('app');
  if (root !== null) render(<App model={model} />, root);
  reportBrokenLink(linked);
  // The address is written only when the user copies a link: a browser keeps addresses for long.
  keepWork(model.shared, () => showNotice(t.peek().keepFailed));
  // Another link pasted into the address of the open page.
  addEventListener('hashchange', async () => {
    const found = await fromFragment(location.hash);
    reportBrokenLink(found);
    if (found !== undefined) model.restore(found);
  });
}

/**
 * Returns the rules of the server that sent the page; undefined if it has none or only the default,
 * which is the first example.
 */
function servedRules(): string | undefined {
  const { content = '' } = document.querySelector<HTMLMetaElement>('meta[name=rules]') ?? {};
  return content === '' || content === examples.public.rules ? undefined : content;
}

function reportBrokenLink(found: Shared | undefined): void {
  if (found === undefined && location.hash.startsWith('#1.')) showNotice(t.peek().brokenLink);
}
