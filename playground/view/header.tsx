import { type Language, language, languages, t } from '../messages/messages.ts';
import { exampleNames } from '../model/examples.ts';
import type { Model } from '../model/model.ts';
import { toFragment } from '../model/share.ts';
import { copy, showNotice } from './notice.ts';
import { type Theme, theme, themes } from './theme.ts';

/** Shows what concerns the whole page: examples, sharing, language and theme. */
export function Header({ model }: { readonly model: Model }) {
  const texts = t.value;
  const share = async () => {
    const fragment = await toFragment(model.shared.value);
    if (fragment === undefined) return showNotice(texts.shareTooLong);
    const address = location.href.replace(/#.*$/, '') + fragment;
    return await copy(address, texts.shared, texts.copyFailed);
  };
  return (
    <header>
      <h1>
        <Sign /> <span>image-detour</span>
      </h1>
      <p class="tagline">{texts.tagline}</p>
      <span class="gap" />
      <label class="field">
        {texts.example}
        <select
          value={model.example.value ?? ''}
          onChange={({ currentTarget }) => {
            const name = exampleNames.find((each) => each === currentTarget.value);
            if (name !== undefined) model.open(name);
          }}
        >
          {model.example.value === undefined && <option value="">…</option>}
          {exampleNames.map((name) => (
            <option key={name} value={name}>
              {texts.examples[name]}
            </option>
          ))}
        </select>
      </label>
      <button type="button" onClick={() => model.open(model.example.value ?? 'public')}>
        {texts.reset}
      </button>
      <button type="button" class="primary" onClick={() => void share()}>
        {texts.share}
      </button>
      <Choice
        label={texts.language}
        value={language.value}
        choices={languages}
        choose={(value: Language) => {
          language.value = value;
        }}
      />
      <Choice
        label={texts.theme}
        value={theme.value}
        choices={
          Object.fromEntries(themes.map((each) => [each, texts.themes[each]])) as Record<
            Theme,
            string
          >
        }
        choose={(value: Theme) => {
          theme.value = value;
        }}
      />
    </header>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly choices: Readonly<Record<Value, string>>;
  readonly choose: (value: Value) => void;
}

function Choice<Value extends string>({ label, value, choices, choose }: ChoiceProps<Value>) {
  return (
    <select
      aria-label={label}
      title={label}
      value={value}
      onChange={({ currentTarget }) => choose(currentTarget.value as Value)}
    >
      {Object.entries<string>(choices).map(([name, title]) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </select>
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
