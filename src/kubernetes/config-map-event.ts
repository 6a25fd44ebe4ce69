import { createHash } from 'node:crypto';
import { isConflict, type KubernetesApi } from './api.ts';
import type { ConfigMapReference } from './config-map.ts';

/** ConfigMapEvent is what happened to the rules in a ConfigMap. */
export interface ConfigMapEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: 'RulesInvalid' | 'RulesDeleted' | 'RulesReturned';
  /** One line for each thing to say. The API server gets the first 1,024 characters. */
  readonly lines: readonly string[];
}

/** The longest message that the API server accepts, in characters. */
const maxMessage = 1024;
/** The longest name, less what is appended for an Event. */
const maxName = 230;

/**
 * Creates an Event on a ConfigMap, which may be deleted already. Replicas that report the same
 * create one Event.
 *
 * @throws ApiError if the API refuses, or Error if it cannot be reached
 */
export async function reportEvent(
  api: KubernetesApi,
  { namespace, name, uid }: ConfigMapReference,
  { type, reason, lines }: ConfigMapEvent,
): Promise<void> {
  const message = lines.join('\n').slice(0, maxMessage);
  const about = createHash('sha256').update(`${uid} ${reason} ${message}`).digest('hex');
  const now = new Date().toISOString();
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, maxName)}.${about.slice(0, 16)}`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name, uid },
    type,
    reason,
    message,
    source: { component: 'image-detour' },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
  await api.create(`/api/v1/namespaces/${namespace}/events`, event).catch((error: unknown) => {
    if (!isConflict(error)) throw error;
  });
}
