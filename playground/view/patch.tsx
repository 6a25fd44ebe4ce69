import { t } from '../messages/messages.ts';
import type { Model } from '../model/model.ts';
import type { Answer } from '../model/try-input.ts';
import { Empty } from './empty.tsx';

/** More of them nobody reads. */
const maxShown = 100;

/** Shows what the webhook answers for each Pod: the JSON Patch, or why it is refused. */
export function PatchView({ model }: { readonly model: Model }) {
  const { answers } = model.result.value;
  if (answers.length === 0)
    return <Empty title={t.value.patchEmpty} hint={t.value.patchEmptyHint} />;
  return (
    <div class="patches" tabIndex={0} role="region" aria-label={t.value.tabs.patch}>
      {answers.slice(0, maxShown).map((answer) => (
        <OneAnswer key={`${answer.of.document} ${answer.of.path.join('/')}`} answer={answer} />
      ))}
    </div>
  );
}

function OneAnswer({ answer }: { readonly answer: Answer }) {
  const texts = t.value;
  const { of, patch, denial, warnings } = answer;
  const { kind, name } = of.object;
  return (
    <section>
      <h3>{kind === 'Pod' ? texts.patchForPod(name) : texts.patchFor(kind, name)}</h3>
      {denial !== undefined && (
        <p>
          <span class="verdict deny">{texts.denied}</span> <q>{denial}</q>
        </p>
      )}
      {denial === undefined && patch.length === 0 && <p class="hint">{texts.patchNone}</p>}
      {patch.length > 0 && (
        <pre>
          <code>
            {'[\n'}
            {patch.map((operation, index) => (
              <span key={operation.path}>
                {'  '}
                {JSON.stringify(operation).replaceAll('":', '": ').replaceAll(',"', ', "')}
                {index < patch.length - 1 ? ',\n' : '\n'}
              </span>
            ))}
            {']'}
          </code>
        </pre>
      )}
      {warnings.map((warning) => (
        <p class="hint" key={warning}>
          <q>{warning}</q>
        </p>
      ))}
    </section>
  );
}
