import { t } from './messages/messages.ts';
import type { Model } from './model/model.ts';
import { later } from './view/later.tsx';

/*
 * The parts of the page that come after its first picture, in the order in which they come: those
 * that people write in are first.
 */

interface Props {
  readonly model: Model;
}

const WaitingRules = () => <Waiting className="rules" title={t.value.rules} />;
const WaitingInput = () => <Waiting className="input" title={t.value.input} />;
const nothing = () => <div class="panel" />;

/** Edits the rules file. */
export const RulesPane = later<Props>(
  async () => (await import('./view/rules-pane.tsx')).RulesPane,
  WaitingRules,
);
/** Edits images and manifests. */
export const InputPane = later<Props>(
  async () => (await import('./view/input-pane.tsx')).InputPane,
  WaitingInput,
);
/** Shows a manifest before and after. */
export const ManifestView = later<Props>(
  async () => (await import('./view/manifest.tsx')).ManifestView,
  nothing,
);
/** Shows the rules in the form of other programs. */
export const TargetsView = later<Props>(
  async () => (await import('./view/targets.tsx')).TargetsView,
  nothing,
);
/** Shows the webhook's registration. */
export const WebhookView = later<Props>(
  async () => (await import('./view/webhook.tsx')).WebhookView,
  nothing,
);

/** Shows what is printed. */
export const Printed = later<Props>(
  async () => (await import('./view/printed.tsx')).Printed,
  () => null,
);

/** Fills the place of a pane before its editor is there. */
function Waiting({ className, title }: { readonly className: string; readonly title: string }) {
  return (
    <section class={`pane ${className}`} aria-label={title} aria-busy="true">
      <div class="bar">
        <h2>{title}</h2>
      </div>
    </section>
  );
}
