import { isMissing, type KubernetesApi, type Metadata } from './api.ts';
import { type ObjectEvent, watchObject } from './watch.ts';

/** Registration is a MutatingWebhookConfiguration, as far as it is read and written. */
export interface Registration {
  readonly metadata: RegistrationMetadata;
  readonly webhooks?: readonly RegisteredWebhook[];
}

/** WatchedRegistration is a registration as a watch reports it; undefined if it does not exist. */
export interface WatchedRegistration {
  readonly registration: Registration | undefined;
}

/** RegisteredWebhook is one webhook of a registration. */
interface RegisteredWebhook {
  readonly name?: string;
  readonly failurePolicy?: string;
  readonly clientConfig: { readonly service?: object; readonly caBundle?: string };
}

interface RegistrationMetadata extends Metadata {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly { readonly manager?: string }[];
}

const collection = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
/** The API server takes the name of a manager from the User-Agent, see api.ts. */
const manager = 'image-detour';

/** Reads a registration; undefined if it does not exist. */
export async function readRegistration(
  api: Pick<KubernetesApi, 'get'>,
  name: string,
): Promise<Registration | undefined> {
  try {
    return (await api.get<Registration>(`${collection}/${name}`)).object;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Writes a registration, and returns it as it is then.
 *
 * @throws ApiError with a conflict if another client has changed it since it was read
 */
export async function writeRegistration(
  api: Pick<KubernetesApi, 'update'>,
  registration: Registration,
): Promise<Registration> {
  const path = `${collection}/${registration.metadata.name}`;
  return (await api.update(path, registration)).object;
}

/** Follows one registration. Returns a function that stops it. */
export function watchRegistration(
  api: Pick<KubernetesApi, 'get' | 'stream'>,
  name: string,
  on: (event: ObjectEvent<Registration>) => void,
): () => void {
  // RBAC limits a list and a watch to one object by this selector.
  const selection = { path: collection, fieldSelector: `metadata.name=${name}` };
  return watchObject<Registration>({ api, ...selection, maxPause }, on);
}

/** The longest pause after a failure, in milliseconds: a gap in the registration costs Pods. */
const maxPause = 2_000;

/**
 * Returns the registration without us among the owners of its fields; the same object if we own
 * none. What we write, its installer may change without a conflict (server-side apply).
 */
export function disowned(registration: Registration): Registration {
  const { managedFields = [] } = registration.metadata;
  const others = managedFields.filter((entry) => entry.manager !== manager);
  // The API server ignores an empty list.
  if (others.length === managedFields.length || others.length === 0) return registration;
  return { ...registration, metadata: { ...registration.metadata, managedFields: others } };
}

/** Reports whether all webhooks that lead to a Service trust this bundle of CAs, in PEM. */
export function trustsBundle({ webhooks = [] }: Registration, bundle: string): boolean {
  const caBundle = encode(bundle);
  return webhooks.every((one) => !isOurs(one) || one.clientConfig.caBundle === caBundle);
}

/** Returns the registration with this bundle in all webhooks that lead to a Service. */
export function withBundle(registration: Registration, bundle: string): Registration {
  const caBundle = encode(bundle);
  const webhooks = registration.webhooks?.map((one) =>
    isOurs(one) ? { ...one, clientConfig: { ...one.clientConfig, caBundle } } : one,
  );
  return { ...registration, ...(webhooks && { webhooks }) };
}

/** A URL may lead to a server that has a certificate of its own. */
function isOurs({ clientConfig }: RegisteredWebhook): boolean {
  return clientConfig.service !== undefined;
}

function encode(bundle: string): string {
  return Buffer.from(bundle).toString('base64');
}
