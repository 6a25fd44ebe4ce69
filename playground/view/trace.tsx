import { denialMessage } from '../../src/decision/denial.ts';
import type { ConsideredRule } from '../../src/decision/explain.ts';
import { systemNamespaces } from '../../src/workload/opt-out.ts';
import { t } from '../messages/messages.ts';
import type { Model, Trace as TraceOf } from '../model/model.ts';
import { showHidden } from '../model/show-hidden.ts';
import { later } from './later.tsx';
import { copy } from './notice.ts';

const InvalidText = later<{ readonly image: string }>(
  async () => (await import('./invalid-text.tsx')).InvalidText,
  () => null,
);

/** Shows how the decision of the selected image comes about, in a pane of its own. */
export function TracePane({ model }: { readonly model: Model }) {
  const trace = model.trace.value;
  return (
    <section class="why" aria-labelledby="why">
      <div class="bar">
        <h2 id="why">{t.value.trace}</h2>
        {trace !== undefined && (
          <span class="hint">{t.value.reasons[trace.trial.decision.reason]}</span>
        )}
      </div>
      <div class="trace" role="group" tabIndex={0} aria-labelledby="why">
        {trace === undefined ? (
          <p class="hint">{t.value.traceEmpty}</p>
        ) : (
          <TraceDetails trace={trace} isStale={model.isBroken.value} />
        )}
      </div>
    </section>
  );
}

/** Shows the same under the row of the image, where there is no room for a pane. */
export function InlineTrace({ model }: { readonly model: Model }) {
  const trace = model.trace.value;
  if (trace === undefined) return null;
  return (
    <section class="why" aria-label={t.value.trace}>
      <div class="trace">
        <p class="hint">{t.value.reasons[trace.trial.decision.reason]}</p>
        <TraceDetails trace={trace} isStale={model.isBroken.value} />
      </div>
    </section>
  );
}

function TraceDetails({ trace, isStale }: { readonly trace: TraceOf; readonly isStale: boolean }) {
  const texts = t.value;
  const { trial, reference, considered } = trace;
  const { decision } = trial;
  return (
    <>
      <div class="trace-head">
        <code class="trace-image">{showHidden(trial.image)}</code>
        <span class={`verdict ${decision.action}`}>{texts.actions[decision.action]}</span>
      </div>
      {decision.earlier?.map(({ image }) => (
        <div class="trace-becomes earlier" key={image}>
          <span aria-hidden="true">→</span>
          <span class="unseen">{texts.becomes}</span>
          <code>{image}</code>
        </div>
      ))}
      <Outcome decision={decision} />
      {systemNamespaces.includes(trial.namespace) && <p class="hint">{texts.leftOut}</p>}
      <div class="reference">
        {reference === undefined ? (
          <p class="hint">
            {texts.notParsed} <InvalidText image={trial.image} />
          </p>
        ) : (
          <dl class="parts">
            <Part name={texts.registry} value={reference.registry} />
            <Part name={texts.repository} value={reference.repository} />
            <Part name={texts.tag} value={reference.tag} />
            <Part name={texts.digest} value={reference.digest} />
            <Part name={texts.namespace} value={trial.namespace} />
          </dl>
        )}
      </div>
      <h3>{considered.length > 0 ? texts.considered : texts.noneMatches}</h3>
      <ol class="considered">
        {considered.map((each, index) => (
          // A rule can take part in several steps.
          <Considered
            key={`${index} ${each.layer} ${each.rule.entry} ${each.rule.from}`}
            {...each}
            isStale={isStale}
          />
        ))}
      </ol>
    </>
  );
}

/** Shows what becomes of the image, in one line whatever that is. */
function Outcome({ decision }: Pick<TraceOf['trial'], 'decision'>) {
  const texts = t.value;
  if (decision.action === 'keep') return <p class="trace-becomes hint">{texts.stays}</p>;
  if (decision.action === 'deny') {
    return (
      <p class="trace-becomes">
        <span class="hint">{texts.deniedWith}</span> <q>{denialMessage(decision)}</q>
      </p>
    );
  }
  return (
    <div class="trace-becomes">
      <span aria-hidden="true">→</span>
      <span class="unseen">{texts.becomes}</span>
      <code>{decision.image}</code>
      <button
        type="button"
        class="quiet"
        onClick={() => void copy(decision.image, texts.copied, texts.copyFailed)}
      >
        {texts.copy}
      </button>
    </div>
  );
}

function Part({ name, value }: { readonly name: string; readonly value: string | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value === undefined || value === '' ? (
          <span class="hint">{t.value.none}</span>
        ) : (
          <code title={value}>{value}</code>
        )}
      </dd>
    </div>
  );
}

interface ConsideredProps extends ConsideredRule {
  readonly isStale: boolean;
}

function Considered({ rule, verdict, layer, isStale }: ConsideredProps) {
  const place = layer === 'namespace' ? t.value.ofNamespace : t.value.line(rule.line);
  return (
    <li class={verdict}>
      <code>{rule.from}</code> {!isStale && <span class="hint">{place} </span>}
      <span>{t.value.verdicts[verdict]}</span>
    </li>
  );
}
