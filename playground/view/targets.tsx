import { yaml } from '@codemirror/lang-yaml';
import { useComputed, useSignal } from '@preact/signals';
import { targets } from '../../src/target/all.ts';
import { defaultSettings, type TargetOptions } from '../../src/target/contract/options.ts';
import type { Compiled, Target } from '../../src/target/contract/target.ts';
import { messageOf } from '../messages/diagnostic-text.ts';
import { t } from '../messages/messages.ts';
import type { Model } from '../model/model.ts';
import type { Input } from '../model/try-input.ts';
import { Empty } from './empty.tsx';
import { Output } from './output.tsx';
import { Tabs } from './tabs.tsx';

const names = targets.map(({ name }) => name);

/**
 * Returns the options to compile with: the images are those that the user tries, the other inputs
 * are examples to replace.
 */
function optionsFor(input: Input): Required<TargetOptions> {
  const images = input.kind === 'manifest' ? input.manifest.images : [];
  return {
    ...defaultSettings,
    images: images.map((image) => ({ ...image, file: t.value.input })),
    url: 'https://image-detour.image-detour.svc/external-data',
    caBundle: '',
  };
}

/** Shows the rules as other places enforce them; only the one that is looked at is compiled. */
export function TargetsView({ model }: { readonly model: Model }) {
  const chosen = useSignal(names[0] ?? '');
  const target = targets.find(({ name }) => name === chosen.value) as Target;
  const compiled = useComputed(() => {
    const ruleSet = model.ruleSet.value;
    const found = targets.find(({ name }) => name === chosen.value);
    return ruleSet && found?.compile(ruleSet, optionsFor(model.tried.value));
  });
  if (compiled.value === undefined) {
    return <Empty title={t.value.noRules} hint={t.value.noRulesHint} />;
  }
  return (
    <div class="targets">
      <Tabs
        label={t.value.target}
        id="target"
        names={names}
        chosen={chosen.value}
        choose={(name) => {
          chosen.value = name;
        }}
        titleOf={(name) => name}
      >
        <p class="hint">
          {t.value.targetTitles[target.name] ?? target.title}
          {target.needs && ` ${t.value.needs[target.needs[0] ?? 'images']}`}
        </p>
        <NotExpressible {...compiled.value} />
        <Documents key={chosen.value} {...compiled.value} />
      </Tabs>
    </div>
  );
}

function NotExpressible({ diagnostics }: Compiled) {
  if (diagnostics.length === 0) return <p class="expresses-all">{t.value.expressesAll}</p>;
  return (
    <details class="not-expressible" open>
      <summary>
        {t.value.cannotExpress} ({diagnostics.length})
      </summary>
      <ul>
        {diagnostics.map((diagnostic) => (
          <li key={`${diagnostic.line}:${diagnostic.column} ${diagnostic.message}`}>
            <span class="hint">{t.value.line(diagnostic.line)}</span>{' '}
            {messageOf(diagnostic, { ...t.value, codes: {} })}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Documents({ documents }: Compiled) {
  const chosen = useSignal(0);
  const document = documents[Math.min(chosen.value, documents.length - 1)];
  if (document === undefined) return null;
  return (
    <>
      {documents.length > 1 && (
        <label class="field">
          {t.value.file}
          <select
            value={chosen.value}
            onChange={({ currentTarget }) => {
              chosen.value = Number(currentTarget.value);
            }}
          >
            {documents.map(({ path }, index) => (
              <option key={path} value={index}>
                {path}
              </option>
            ))}
          </select>
        </label>
      )}
      <Output
        key={document.path}
        label={document.path}
        text={document.text}
        fileName={document.path}
        language={document.path.endsWith('.yaml') ? yaml() : []}
      />
    </>
  );
}
