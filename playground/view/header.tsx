import { t } from '../messages/messages.ts';
import type { Model } from '../model/model.ts';
import { isOnlyOnThisMachine, toFragment } from '../model/share.ts';
import { HistoryButtons } from './history-buttons.tsx';
import { copy, showNotice } from './notice.ts';

/** Shows what concerns the whole page: the example, undo and sharing. */
export function Header({ model }: { readonly model: Model }) {
  const texts = t.value;
  const linked = model.linked.value;
  const share = async () => {
    const fragment = await toFragment(model.shared.value);
    if (fragment === undefined) return showNotice(texts.shareTooLong);
    history.replaceState(null, '', fragment);
    // The address of a page on this machine is of no use to others.
    if (isOnlyOnThisMachine(location)) return copy(fragment, texts.sharedPart, texts.copyFailed);
    return copy(location.href, texts.shared, texts.copyFailed);
  };
  return (
    <header>
      <h1>
        <Sign /> <span>image-detour</span>
      </h1>
      <span class="gap" />
      <label class="field">
        <span class="label">{texts.example}</span>
        <select
          value={model.example.value ?? ''}
          onChange={({ currentTarget }) => {
            const name = model.exampleNames.find((each) => each === currentTarget.value);
            if (name !== undefined) model.open(name);
            else if (linked !== undefined) model.restore(linked);
          }}
        >
          {linked !== undefined && <option value="">{texts.linked}</option>}
          {model.exampleNames.map((name) => (
            <option key={name} value={name}>
              {texts.examples[name]}
            </option>
          ))}
        </select>
      </label>
      <HistoryButtons history={model.history} />
      <button type="button" onClick={model.reset}>
        {texts.reset}
      </button>
      <button type="button" class="primary" onClick={() => void share()}>
        {texts.share}
      </button>
    </header>
  );
}

/** Draws a road that goes around. */
function Sign() {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" class="sign">
      <rect x="1" y="1" width="22" height="22" rx="5" />
      <path d="M5 16h3.5a3 3 0 0 0 3-3v-2a3 3 0 0 1 3-3H19m-3.5-3.5L19 8l-3.5 3.5" />
    </svg>
  );
}
