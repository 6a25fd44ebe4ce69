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
 * A report within this time of the last one is of the same occurrence, by another replica, in
 * milliseconds: mounted files reach replicas a minute apart.
 */
const sameOccurrence = 5 * 60_000;

/** Event is an Event of the core API, as far as it is written. */
interface Event {
  readonly lastTimestamp: string;
  readonly count: number;
}

/**
 * Reports an Event on a ConfigMap, which may be deleted already. Replicas that report the same
 * create one Event. What happens again counts up that Event.
 *
 * @throws ApiError if the API refuses, or Error if it cannot be reached
 */
export async function reportEvent(
  api: Pick<KubernetesApi, 'create' | 'get' | 'update' | 'now'>,
  { namespace, name, uid }: ConfigMapReference,
  { type, reason, lines }: ConfigMapEvent,
): Promise<void> {
  const message = lines.join('\n').slice(0, maxMessage);
  const about = createHash('sha256').update(`${uid} ${reason} ${message}`).digest('hex');
  const now = new Date(api.now()).toISOString();
  const collection = `/api/v1/namespaces/${namespace}/events`;
  const eventName = `${name.slice(0, maxName)}.${about.slice(0, 16)}`;
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: eventName, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name, uid },
    type,
    reason,
    message,
    source: { component: 'image-detour' },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  };
  try {
    await api.create(collection, event);
  } catch (error) {
    if (!isConflict(error)) throw error;
    await countUp(api, `${collection}/${eventName}`, now);
  }
}

/** Counts up an Event that exists, unless a replica has just reported it. */
async function countUp(
  api: Pick<KubernetesApi, 'get' | 'update'>,
  path: string,
  now: string,
): Promise<void> {
  const { object: event } = await api.get<Event>(path);
  if (Date.parse(now) - Date.parse(event.lastTimestamp) < sameOccurrence) return;
  const counted = { ...event, lastTimestamp: now, count: event.count + 1 };
  await api.update(path, counted).catch((error: unknown) => {
    // Another replica was faster.
    if (!isConflict(error)) throw error;
  });
}
