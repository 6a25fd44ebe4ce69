/** WebhookChoices are what a MutatingWebhookConfiguration is made for. */
export interface WebhookChoices {
  readonly url: string;
  /** The minor version of Kubernetes 1; 0 for the newest that is known. */
  readonly kubernetes: number;
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly kubeSystem: 'excluded' | 'included';
}

/** defaultWebhook holds the choices of a page that nobody has changed. */
export const defaultWebhook: WebhookChoices = {
  url: 'https://abcdefghij.execute-api.cn-northwest-1.amazonaws.com.cn/prod/mutate',
  kubernetes: 0,
  failurePolicy: 'Ignore',
  kubeSystem: 'excluded',
};

/** Reads choices that a link brought; what is missing or unknown is as by default. */
export function readWebhookChoices(value: unknown): WebhookChoices {
  const { url, kubernetes, failurePolicy, kubeSystem } = (value ?? {}) as Record<string, unknown>;
  return {
    url: typeof url === 'string' ? url : defaultWebhook.url,
    kubernetes: typeof kubernetes === 'number' ? kubernetes : defaultWebhook.kubernetes,
    failurePolicy: failurePolicy === 'Fail' ? 'Fail' : 'Ignore',
    kubeSystem: kubeSystem === 'included' ? 'included' : 'excluded',
  };
}
