import { t } from '../messages/messages.ts';
import type { Model } from '../model/model.ts';
import { isPrinted } from './media.ts';

/** Shows what is printed: the rules and every decision. It exists only during printing. */
export function Printed({ model }: { readonly model: Model }) {
  if (!isPrinted.value) return null;
  const texts = t.value;
  return (
    <section class="printed">
      <h1>image-detour</h1>
      <h2>{texts.rules}</h2>
      <pre>{model.rules.value}</pre>
      <h2>{texts.decisionsList}</h2>
      <table>
        <tbody>
          {model.result.value.trials.map(({ image, line, decision }, index) => (
            <tr key={`${index} ${line}`}>
              <td>{texts.actions[decision.action]}</td>
              <td>
                <code>{image}</code>
              </td>
              <td>
                {decision.action === 'rewrite' ? (
                  <code>{decision.image}</code>
                ) : (
                  texts.reasons[decision.reason]
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
