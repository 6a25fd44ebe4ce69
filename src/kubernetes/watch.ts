import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type KubernetesApi } from './api.ts';
import { type Line, readLines } from './lines.ts';
import { acceptOf, type Listed, listObjects, pathOf, type Selection } from './list.ts';

/*
 * Follows objects by a list and a watch on one connection, as Kubernetes' own clients do
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
 */

export type WatchEvent<T> =
  /** What follows until `listed` is all there is. */
  | { readonly type: 'listing' }
  | { readonly type: 'listed' }
  /** An object is there, or has changed. */
  | { readonly type: 'object'; readonly object: T }
  /** An object is gone, or no longer selected. */
  | { readonly type: 'deleted'; readonly object: T }
  /** The API server answers the watch. */
  | { readonly type: 'watching' }
  /** A list or watch failed; it is tried again. */
  | { readonly type: 'failed'; readonly error: Error };

export interface WatchOptions extends Selection {
  readonly api: Pick<KubernetesApi, 'get' | 'stream'>;
  /** How long nothing may arrive, in milliseconds. */
  readonly silence?: number;
  /** The longest pause after a failure, in milliseconds. */
  readonly maxPause?: number;
}

interface State {
  /** From where the watch goes on; undefined if the objects must be listed first. */
  version: string | undefined;
  failures: number;
}

interface RawEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Listed & { readonly code?: number; readonly message?: string };
}

/** The API server sends a bookmark each minute: a connection that is silent for longer than two is dead. */
const maxSilence = 150_000;
/** How long the API server answers one watch, in seconds; then a new one begins, with a new token and perhaps elsewhere. */
const watchSeconds = 300;
/** A watch that ends sooner, in milliseconds, without an event, has failed. */
const shortWatch = 1_000;
/** Pauses after failures, in milliseconds. */
const firstPause = 500;
const defaultMaxPause = 10_000;
/** So many failures after another, and the objects are listed again. */
const maxResumes = 3;
/** The longest line of a whole object, in bytes. The API server itself takes 3 MiB. */
const maxObject = 4 * 1024 * 1024;
/** The longest line of metadata that is read whole, in bytes. */
const maxMetadata = 64 * 1024;
const goneStatus = 410;

/** Follows the objects of a selection until it is stopped, whatever fails. Returns what stops it. */
export function watchObjects<T extends Listed>(
  options: WatchOptions,
  on: (event: WatchEvent<T>) => void,
): () => void {
  const stopping = new AbortController();
  void follow(options, on, stopping.signal);
  return () => stopping.abort();
}

async function follow<T extends Listed>(
  options: WatchOptions,
  on: (event: WatchEvent<T>) => void,
  signal: AbortSignal,
): Promise<void> {
  const { api, maxPause = defaultMaxPause } = options;
  const state: State = { version: undefined, failures: 0 };
  // Nothing is reported after the end.
  const report = (event: WatchEvent<T>) => signal.aborted || on(event);
  while (!signal.aborted) {
    try {
      if (state.version === undefined) {
        report({ type: 'listing' });
        const found = (object: T) => report({ type: 'object', object });
        state.version = await listObjects<T>(api, options, found);
        report({ type: 'listed' });
      }
      await watchOnce(options, state, report, signal);
      state.failures = 0;
    } catch (error) {
      const pause = Math.min(maxPause, firstPause * 2 ** state.failures++);
      // After an answer such as "too old" or "too new" there is no going on.
      if (error instanceof ApiError || state.failures >= maxResumes) state.version = undefined;
      const isExpired = error instanceof ApiError && error.status === goneStatus;
      if (!isExpired || state.failures > 1) report({ type: 'failed', error: error as Error });
      // Replicas must not all come back at once.
      await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Watches from `state.version` until the API server ends it, which it does after some minutes. */
async function watchOnce<T extends Listed>(
  options: WatchOptions,
  state: State,
  report: (event: WatchEvent<T>) => void,
  signal: AbortSignal,
): Promise<void> {
  const { api, metadataOnly = false, silence = maxSilence } = options;
  const begun = performance.now();
  const path = pathOf(options, {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: state.version as string,
    timeoutSeconds: `${Math.round(watchSeconds * (1 + Math.random()))}`,
  });
  const accept = acceptOf(options, 'PartialObjectMetadata');
  const response = await api.stream(path, accept, signal);
  response.setTimeout(silence, () => {
    response.destroy(new Error(`the Kubernetes API has sent nothing for ${silence / 1000} s`));
  });
  report({ type: 'watching' });
  let events = 0;
  for await (const line of readLines(response, metadataOnly ? maxMetadata : maxObject)) {
    const { type, object } = readEvent(line, metadataOnly);
    if (type === 'ERROR') throw new ApiError(object.code ?? 0, object.message ?? 'it failed');
    state.version = object.metadata.resourceVersion ?? state.version;
    state.failures = 0;
    events++;
    if (type === 'BOOKMARK') continue;
    report({ type: type === 'DELETED' ? 'deleted' : 'object', object: object as unknown as T });
  }
  if (events === 0 && performance.now() - begun < shortWatch) {
    throw new Error('the Kubernetes API ended the watch at once');
  }
}

function readEvent({ text, isWhole }: Line, metadataOnly: boolean): RawEvent {
  if (isWhole) return JSON.parse(text) as RawEvent;
  if (!metadataOnly) throw new Error(`an object has more than ${maxObject} bytes`);
  // Whoever may write an object can give it megabytes of labels, and parsing them would hold up reviews. What is needed
  // precedes this key, in texts that hold no quotes.
  const end = text.indexOf(',"creationTimestamp"');
  if (end === -1) throw new Error(`the metadata of an object has more than ${maxMetadata} bytes`);
  return JSON.parse(`${text.slice(0, end)}}}}`) as RawEvent;
}
