import { ApiError, type KubernetesApi, type Metadata } from './api.ts';

interface Namespace {
  readonly metadata: Metadata & { readonly labels?: Readonly<Record<string, string>> };
}

const forbiddenStatus = 403;

/**
 * Makes sure that a namespace has a label, so that no registration sends its Pods to a webhook.
 *
 * @throws Error with the command to run if the label is missing and may not be set, ApiError, or
 *   Error if the API cannot be reached
 */
export async function ensureLabel(
  api: Pick<KubernetesApi, 'get' | 'update'>,
  name: string,
  [key, value]: readonly [string, string],
): Promise<void> {
  try {
    await setLabel(api, name, [key, value]);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== forbiddenStatus) throw error;
    const command = `kubectl label --overwrite namespace ${name} ${key}=${value}`;
    throw new Error(`${error.message}; run ${command}`);
  }
}

async function setLabel(
  api: Pick<KubernetesApi, 'get' | 'update'>,
  name: string,
  [key, value]: readonly [string, string],
): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  const { object } = await api.get<Namespace>(path);
  const { labels } = object.metadata;
  if (labels?.[key] === value) return;
  const metadata = { ...object.metadata, labels: { ...labels, [key]: value } };
  await api.update<Namespace>(path, { ...object, metadata });
}
