import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app.tsx';
import { createModel } from './model/model.ts';
import { fromFragment, toFragment } from './model/share.ts';
import './style/tokens.css';
import './style/page.css';
import './style/header.css';
import './style/panes.css';
import './style/results.css';
import './style/decisions.css';
import './style/trace.css';
import './style/outputs.css';

const model = createModel(await fromFragment(location.hash));
const root = document.getElementById('app');
if (root !== null) render(<App model={model} />, root);

/** How long nothing must happen before the address takes up the state, in milliseconds. */
const rest = 400;
let timer = 0;
const first = model.shared.value;

// So that nothing is lost when the page is loaded again. As it was opened its address stays short.
effect(() => {
  const { value: shared } = model.shared;
  if (shared === first) return;
  clearTimeout(timer);
  timer = setTimeout(() => {
    void toFragment(shared).then((fragment) => history.replaceState(null, '', fragment ?? '#'));
  }, rest);
});

// Another link pasted into the address of the open page.
addEventListener('hashchange', () => {
  void fromFragment(location.hash).then((shared) => shared && model.restore(shared));
});
