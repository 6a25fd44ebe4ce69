import {
  dueStep,
  type Lifetimes,
  type RotationContext,
  type RotationStep,
  rotate,
  type SharedCertificate,
} from '../certificate/rotation.ts';
import { isMissing, type KubernetesApi, type Metadata } from './api.ts';
import { retryConflicts } from './conflict.ts';
import {
  type Registration,
  readRegistration,
  trustsBundle,
  type WatchedRegistration,
  withBundle,
  writeRegistration,
} from './registration.ts';

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
}

interface Secret {
  readonly metadata: Metadata;
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Maintains a certificate in a Secret and its CA in the webhook configuration. Any number of
 * replicas may do so at once: a write names the version that was read, and if that is no longer the
 * newest, the replica reads again.
 *
 * Returns the certificate to serve, which the configuration trusts by then.
 *
 * @param watched the configuration as a watch reports it, which saves reading it
 * @throws ApiError if the API refuses, or Error if it cannot be reached
 */
export async function updateSharedCertificate(
  options: UpkeepOptions,
  watched?: WatchedRegistration,
): Promise<SharedCertificate> {
  const { api, configuration: name } = options;
  const read = async (before: number) => {
    if (name === undefined) return undefined;
    // After a conflict, the watch may not have reported the other write yet.
    if (watched !== undefined && before === 0) return watched.registration;
    return await readRegistration(api, name);
  };
  // The configuration is read before the Secret. So what is written over it is never older than what
  // another replica has written meanwhile.
  return await retryConflicts(async (before) => tick(options, await read(before)));
}

async function tick(
  options: UpkeepOptions,
  configuration: Registration | undefined,
): Promise<SharedCertificate> {
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

/**
 * Writes the bundle into the configuration if it trusts another one, and returns the configuration
 * as it is then.
 */
async function trustBundle(
  configuration: Registration | undefined,
  bundle: string,
  { api, on }: UpkeepOptions,
): Promise<Registration | undefined> {
  if (configuration === undefined || trustsBundle(configuration, bundle)) return configuration;
  const repaired = await writeRegistration(api, withBundle(configuration, bundle));
  on.repaired(repaired.metadata.name);
  return repaired;
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
