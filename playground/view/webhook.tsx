import { yaml } from '@codemirror/lang-yaml';
import { stringify } from 'yaml';
import {
  buildWebhookConfiguration,
  newestKubernetes,
} from '../../src/admission/webhook-configuration.ts';
import { excludedNamespaces } from '../../src/workload/opt-out.ts';
import { t } from '../messages/messages.ts';
import type { Model } from '../model/model.ts';
import type { WebhookChoices } from '../model/webhook-choices.ts';
import { Output } from './output.tsx';

/** The oldest that a public CA needs no caBundle for. */
const oldest = 14;
const versions = Array.from(
  { length: newestKubernetes - oldest + 1 },
  (_, n) => newestKubernetes - n,
);
const policies = ['Ignore', 'Fail'] as const;
const kubeSystems = ['excluded', 'included'] as const;

/**
 * Shows the MutatingWebhookConfiguration for a webhook behind a URL, as `detour webhook --url`
 * prints it.
 */
export function WebhookView({ model }: { readonly model: Model }) {
  const { webhook } = model;
  const { url, failurePolicy, kubeSystem } = webhook.value;
  const kubernetes = versionOf(webhook.value);
  const choose = (choice: Partial<WebhookChoices>) => {
    webhook.value = { ...webhook.value, ...choice };
  };
  const text = stringify(
    buildWebhookConfiguration({
      name: 'image-detour',
      address: { url },
      caBundle: undefined,
      kubernetes,
      failurePolicy,
      timeoutSeconds: 3,
      excludedNamespaces: excludedNamespaces({ includeKubeSystem: kubeSystem === 'included' }),
    }),
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
  const texts = t.value;
  const isUrl = url.startsWith('https://') && URL.canParse(url);
  return (
    <div class="webhook">
      <p class="hint">{texts.webhookHint}</p>
      <div class="fields">
        <label class="field wide">
          {texts.webhookUrl}
          <input
            type="url"
            value={url}
            aria-invalid={!isUrl}
            aria-describedby="url-hint"
            spellcheck={false}
            onInput={({ currentTarget }) => {
              choose({ url: currentTarget.value });
            }}
          />
        </label>
        <label class="field">
          {texts.webhookKubernetes}
          <select
            value={kubernetes}
            onChange={({ currentTarget }) => {
              choose({ kubernetes: Number(currentTarget.value) });
            }}
          >
            {versions.map((minor) => (
              <option key={minor} value={minor}>
                1.{minor}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          {texts.webhookFailure}
          <select
            value={failurePolicy}
            onChange={({ currentTarget }) => {
              choose({ failurePolicy: currentTarget.value === 'Fail' ? 'Fail' : 'Ignore' });
            }}
          >
            {policies.map((policy) => (
              <option key={policy} value={policy}>
                {policy}: {texts.failurePolicies[policy]}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          {texts.webhookKubeSystem}
          <select
            value={kubeSystem}
            onChange={({ currentTarget }) => {
              const isIncluded = currentTarget.value === 'included';
              choose({ kubeSystem: isIncluded ? 'included' : 'excluded' });
            }}
          >
            {kubeSystems.map((choice) => (
              <option key={choice} value={choice}>
                {texts.kubeSystem[choice]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="invalid" id="url-hint" role="status">
        {isUrl ? '' : texts.notHttps}
      </p>
      <Output
        label="MutatingWebhookConfiguration"
        text={text}
        fileName="mutating-webhook.yaml"
        language={yaml()}
      />
    </div>
  );
}

function versionOf({ kubernetes }: WebhookChoices): number {
  return versions.includes(kubernetes) ? kubernetes : newestKubernetes;
}
