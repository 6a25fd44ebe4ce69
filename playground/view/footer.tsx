import { type Language, language, languages, t } from '../messages/messages.ts';
import { keeps } from '../model/kept-work.ts';
import { type Theme, theme, themes } from './theme.ts';

/** The name and version of the program that the page was built with. */
const version = metadata('generator');
/** Where the project is, with its documentation. */
const home = metadata('home');

function metadata(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? '';
}

/** Shows what holds for the page itself, whatever is tried: language, theme, and the project. */
export function Footer() {
  const texts = t.value;
  return (
    <footer>
      <p class="tagline">{texts.tagline}</p>
      <label class="keep" title={texts.keepHint}>
        <input
          type="checkbox"
          checked={keeps.value === 'yes'}
          onChange={({ currentTarget }) => {
            keeps.value = currentTarget.checked ? 'yes' : 'no';
          }}
        />
        {texts.keep}
      </label>
      <span class="gap" />
      <a class="version" href={home} target="_blank" rel="noreferrer" title={texts.home}>
        {version}
      </a>
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
    </footer>
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
