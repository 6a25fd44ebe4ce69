import { denialMessage } from '../../src/decision/denial.ts';
import type { ConsideredRule } from '../../src/decision/explain.ts';
import { systemNamespaces } from '../../src/workload/opt-out.ts';
import { t } from '../messages/messages.ts';
import type { Model, Trace as TraceOf } from '../model/model.ts';
import { copy } from './notice.ts';

/** Shows how the decision of the selected image comes about. */
export function Trace({ model }: { readonly model: Model }) {
  const trace = model.trace.value;
  return (
    <section class="pane why" aria-labelledby="why">
      <div class="bar">
        <h2 id="why">{t.value.trace}</h2>
        {trace !== undefined && (
          <span class="hint">{t.value.reasons[trace.trial.decision.reason]}</span>
        )}
      </div>
      <div class="trace" role="group" tabIndex={0} aria-labelledby="why" aria-live="polite">
        {trace === undefined ? (
          <p class="hint">{t.value.traceEmpty}</p>
        ) : (
          <TraceDetails trace={trace} isStale={model.isBroken.value} />
        )}
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
        <code class="trace-image">{trial.image}</code>
        <span class={`verdict ${decision.action}`}>{texts.actions[decision.action]}</span>
      </div>
      {decision.action === 'rewrite' && (
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
      )}
      {decision.action === 'deny' && (
        <p>
          <span class="hint">{texts.deniedWith}</span> {denialMessage(decision)}
        </p>
      )}
      {systemNamespaces.includes(trial.namespace) && <p class="hint">{texts.leftOut}</p>}
      {reference === undefined ? (
        <p class="hint">{texts.notParsed}</p>
      ) : (
        <dl class="parts">
          <Part name={texts.registry} value={reference.registry} />
          <Part name={texts.repository} value={reference.repository} />
          <Part name={texts.tag} value={reference.tag} />
          <Part name={texts.digest} value={reference.digest} />
          <Part name={texts.namespace} value={trial.namespace} />
        </dl>
      )}
      <h3>{considered.length > 0 ? texts.considered : texts.noneMatches}</h3>
      <ol class="considered">
        {considered.map((each) => (
          <Considered
            key={`${each.layer} ${each.rule.entry} ${each.rule.from}`}
            {...each}
            isStale={isStale}
          />
        ))}
      </ol>
    </>
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
