import { yaml } from '@codemirror/lang-yaml';
import { useComputed, useSignal } from '@preact/signals';
import { stringify } from 'yaml';
import {
  buildWebhookConfiguration,
  newestKubernetes,
} from '../../src/admission/webhook-configuration.ts';
import { installNamespace, systemNamespace } from '../../src/workload/opt-out.ts';
import { t } from '../messages/messages.ts';
import { Output } from './output.tsx';

/** The oldest that a public CA needs no caBundle for. */
const oldest = 14;
const versions = Array.from(
  { length: newestKubernetes - oldest + 1 },
  (_, n) => newestKubernetes - n,
);
const policies = ['Ignore', 'Fail'] as const;

/**
 * Shows the MutatingWebhookConfiguration for a webhook behind a URL, as `detour webhook --url`
 * prints it.
 */
export function WebhookView() {
  const url = useSignal(
    'https://abcdefghij.execute-api.cn-northwest-1.amazonaws.com.cn/prod/mutate',
  );
  const kubernetes = useSignal(newestKubernetes);
  const failurePolicy = useSignal<(typeof policies)[number]>('Ignore');
  const text = useComputed(() =>
    stringify(
      buildWebhookConfiguration({
        name: 'image-detour',
        address: { url: url.value },
        caBundle: undefined,
        kubernetes: kubernetes.value,
        failurePolicy: failurePolicy.value,
        timeoutSeconds: 3,
        excludedNamespaces: [systemNamespace, installNamespace],
      }),
      { lineWidth: 0, aliasDuplicateObjects: false },
    ),
  );
  const texts = t.value;
  const isUrl = url.value.startsWith('https://') && URL.canParse(url.value);
  return (
    <div class="webhook">
      <p class="hint">{texts.webhookHint}</p>
      <div class="fields">
        <label class="field wide">
          {texts.webhookUrl}
          <input
            type="url"
            value={url.value}
            aria-invalid={!isUrl}
            aria-describedby="url-hint"
            spellcheck={false}
            onInput={({ currentTarget }) => {
              url.value = currentTarget.value;
            }}
          />
        </label>
        <label class="field">
          {texts.webhookKubernetes}
          <select
            value={kubernetes.value}
            onChange={({ currentTarget }) => {
              kubernetes.value = Number(currentTarget.value);
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
            value={failurePolicy.value}
            onChange={({ currentTarget }) => {
              failurePolicy.value = currentTarget.value === 'Fail' ? 'Fail' : 'Ignore';
            }}
          >
            {policies.map((policy) => (
              <option key={policy} value={policy}>
                {policy}: {texts.failurePolicies[policy]}
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
        text={text.value}
        fileName="mutating-webhook.yaml"
        language={yaml()}
      />
    </div>
  );
}
