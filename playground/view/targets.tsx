import { yaml } from '@codemirror/lang-yaml';
import { type Signal, useComputed } from '@preact/signals';
import { targets } from '../../src/target/all.ts';
import { defaultSettings, type TargetOptions } from '../../src/target/contract/options.ts';
import type { Compiled, Target } from '../../src/target/contract/target.ts';
import { messageOf } from '../messages/diagnostic-text.ts';
import { language, t } from '../messages/messages.ts';
import { translate } from '../messages/sentences.ts';
import { targetTitlesZh } from '../messages/target-titles-zh.ts';
import type { Model } from '../model/model.ts';
import type { Input } from '../model/try-input.ts';
import { Empty } from './empty.tsx';
import { Output } from './output.tsx';

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
  const { target: chosen, file } = model;
  const compiled = useComputed(() => {
    const ruleSet = model.ruleSet.value;
    return ruleSet && targetNamed(chosen.value).compile(ruleSet, optionsFor(model.tried.value));
  });
  if (compiled.value === undefined) {
    return <Empty title={t.value.noRules} hint={t.value.noRulesHint} />;
  }
  const target = targetNamed(chosen.value);
  const { name, needs } = target;
  const { documents } = compiled.value;
  const document = documents.find(({ path }) => path === file.value) ?? documents[0];
  return (
    <div class="targets">
      <div class="fields">
        <Select
          label={t.value.target}
          value={name}
          choices={targets.map((each) => [each.name, `${each.name} · ${titleOf(each)}`])}
          chosen={chosen}
        />
        {documents.length > 1 && (
          <Select
            label={t.value.file}
            value={document?.path ?? ''}
            choices={documents.map(({ path }) => [path, path])}
            chosen={file}
          />
        )}
      </div>
      {needs && <p class="hint">{t.value.needs[needs[0] ?? 'images']}</p>}
      {isWithoutImages(target, model.tried.value) ? (
        <Empty title={t.value.nothingToCompile} hint={t.value.nothingToCompileHint} />
      ) : (
        <>
          {model.ruleSet.value?.rules.length === 0 && <p class="hint">{t.value.noRulesYet}</p>}
          <NotExpressible {...compiled.value} />
          {document === undefined ? (
            <Empty title={t.value.noFile} />
          ) : (
            <Output
              key={`${name} ${document.path}`}
              label={document.path}
              text={document.text}
              fileName={document.path}
              language={document.path.endsWith('.yaml') ? yaml() : []}
            />
          )}
        </>
      )}
    </div>
  );
}

/** Returns what a target is, in the language of the page. */
function titleOf({ name, title }: Target): string {
  return (language.value === 'zh' ? targetTitlesZh[name] : undefined) ?? title;
}

/** Returns the target with a name; the first one if a link has an unknown name. */
function targetNamed(name: string): Target {
  return targets.find((each) => each.name === name) ?? (targets[0] as Target);
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly (readonly [value: string, title: string])[];
  readonly chosen: Signal<string>;
}

function Select({ label, value, choices, chosen }: SelectProps) {
  return (
    <label class="field">
      {label}
      <select
        value={value}
        onChange={({ currentTarget }) => {
          chosen.value = currentTarget.value;
        }}
      >
        {choices.map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Reports whether the target is made for images of a manifest, and there are none. */
function isWithoutImages({ needs = [] }: Target, input: Input): boolean {
  return needs.includes('images') && optionsFor(input).images.length === 0;
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
            {messageOf(diagnostic, t.value, translate.value)}
          </li>
        ))}
      </ul>
    </details>
  );
}
