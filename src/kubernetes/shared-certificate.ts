import {
  dueStep,
  type Lifetimes,
  type RotationContext,
  type RotationStep,
  rotate,
  type SharedCertificate,
} from '../certificate/rotation.ts';
import { isConflict, isMissing, type KubernetesApi, type Metadata } from './api.ts';

/** UpkeepOptions are the objects that hold the certificate and its CA, and what to issue. */
export interface UpkeepOptions {
  readonly api: KubernetesApi;
  readonly namespace: string;
  /**
   * The Secret that the replicas share. It must exist: a service account that may create Secrets
   * may create any Secret.
   */
  readonly secret: string;
  /**
   * The MutatingWebhookConfiguration whose `caBundle` is updated; undefined if something else
   * updates it.
   */
  readonly configuration: string | undefined;
  /** The names that the certificate is valid for. */
  readonly names: readonly string[];
  readonly lifetimes: Lifetimes;
  readonly on: UpkeepEvents;
}

/** UpkeepEvents are called for what a replica does and finds. */
export interface UpkeepEvents {
  /** Called after a step that this replica took. */
  readonly rotated: (step: RotationStep) => void;
  /** Called after the configuration trusted another CA and was corrected. */
  readonly repaired: (configuration: string) => void;
  /**
   * Called each time with the configuration; undefined if it does not exist, so that nobody calls
   * the webhook.
   */
  readonly configured: (configuration: string, object: object | undefined) => void;
}

interface Secret {
  readonly metadata: Metadata;
  readonly data?: Readonly<Record<string, string>>;
}

interface Configuration {
  readonly metadata: Metadata;
  readonly webhooks?: readonly Webhook[];
}

interface Webhook {
  readonly clientConfig: { readonly service?: object; readonly caBundle?: string };
}

/** How often an update is tried again because another replica was faster. */
const maxConflicts = 5;

/**
 * Maintains a certificate in a Secret and its CA in the webhook configuration. Any number of
 * replicas may do so at once: a write names the version that was read, and if that is no longer the
 * newest, the replica reads again.
 *
 * Returns the certificate to serve, which the configuration trusts by then.
 *
 * @throws ApiError if the API refuses, or Error if it cannot be reached
 */
export async function updateSharedCertificate(options: UpkeepOptions): Promise<SharedCertificate> {
  for (let conflicts = 0; ; conflicts++) {
    try {
      return await tick(options);
    } catch (error) {
      if (!isConflict(error) || conflicts === maxConflicts) throw error;
    }
  }
}

async function tick(options: UpkeepOptions): Promise<SharedCertificate> {
  // The configuration is read before the Secret. So what is written over it is never older than
  // what another replica has written meanwhile.
  const configuration = await readConfiguration(options);
  const { secret, before, context } = await readSecret(options);
  const step = dueStep(before, context);
  // No step is taken before verifiers trust the one before it.
  const trusting =
    before === undefined || step === 'begin'
      ? configuration
      : await trustBundle(configuration, before.caBundle, options);
  if (step === undefined) return before as SharedCertificate;
  const shared = await rotate(before, step, context);
  const data = { ...secret.data, ...toData(shared) };
  await options.api.update<Secret>(secretPath(options), { ...secret, data });
  options.on.rotated(step);
  await trustBundle(trusting, shared.caBundle, options);
  return shared;
}

function secretPath({ namespace, secret }: UpkeepOptions): string {
  return `/api/v1/namespaces/${namespace}/secrets/${secret}`;
}

async function readSecret(options: UpkeepOptions): Promise<{
  secret: Secret;
  before: SharedCertificate | undefined;
  context: RotationContext;
}> {
  const { api, namespace, secret, names, lifetimes } = options;
  const { object, time } = await api.get<Secret>(secretPath(options)).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    throw new Error(
      `there is no Secret ${secret}: kubectl create secret generic ${secret} --namespace ${namespace}`,
    );
  });
  // The time is from the API server's clock: it is the API server that checks the certificate.
  const context = { now: time, names, lifetimes };
  return { secret: object, before: fromData(object.data), context };
}

async function readConfiguration({
  api,
  configuration,
  on,
}: UpkeepOptions): Promise<Configuration | undefined> {
  if (configuration === undefined) return undefined;
  try {
    const { object } = await api.get<Configuration>(configurationPath(configuration));
    on.configured(configuration, object);
    return object;
  } catch (error) {
    if (!isMissing(error)) throw error;
    on.configured(configuration, undefined);
    return undefined;
  }
}

/**
 * Writes the bundle into the configuration if it trusts another one, and returns the configuration
 * as it is then.
 */
async function trustBundle(
  configuration: Configuration | undefined,
  bundle: string,
  { api, on }: UpkeepOptions,
): Promise<Configuration | undefined> {
  if (configuration === undefined) return undefined;
  const caBundle = Buffer.from(bundle).toString('base64');
  const { webhooks = [], metadata } = configuration;
  // A URL may lead to a server that has a certificate of its own.
  const isOurs = ({ clientConfig }: Webhook) => clientConfig.service !== undefined;
  if (webhooks.every((one) => !isOurs(one) || one.clientConfig.caBundle === caBundle)) {
    return configuration;
  }
  const repaired = webhooks.map((one) =>
    isOurs(one) ? { ...one, clientConfig: { ...one.clientConfig, caBundle } } : one,
  );
  const path = configurationPath(metadata.name);
  const { object } = await api.update(path, { ...configuration, webhooks: repaired });
  on.repaired(metadata.name);
  return object;
}

function configurationPath(name: string): string {
  return `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${name}`;
}

/** The keys of a Secret of type kubernetes.io/tls, and two more for the CA. */
const keys = {
  caBundle: 'ca.crt',
  caKey: 'ca.key',
  certificate: 'tls.crt',
  privateKey: 'tls.key',
} as const;

function fromData(data: Secret['data']): SharedCertificate | undefined {
  if (data === undefined) return undefined;
  const read = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
  return {
    caBundle: read(keys.caBundle),
    caKey: read(keys.caKey),
    certificate: read(keys.certificate),
    privateKey: read(keys.privateKey),
  };
}

function toData(shared: SharedCertificate): Record<string, string> {
  const entries = Object.entries(keys) as [keyof SharedCertificate, string][];
  return Object.fromEntries(
    entries.map(([field, key]) => [key, Buffer.from(shared[field]).toString('base64')]),
  );
}
