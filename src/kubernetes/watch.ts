import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type KubernetesApi } from './api.ts';
import { type Line, readLines } from './lines.ts';
import { acceptOf, type Listed, listObjects, pathOf, type Selection } from './list.ts';

/*
 * Objects are followed by a list and a watch on one connection, as Kubernetes' own clients do
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
 */

/** WatchEvent is a change to the selected objects, or to the watch itself. */
export type WatchEvent<T> =
  /** The objects from here to `listed` are all objects that exist. */
  | { readonly type: 'listing' }
  | { readonly type: 'listed' }
  /** An object exists, or has changed. */
  | { readonly type: 'object'; readonly object: T }
  /** An object is gone, or no longer selected. */
  | { readonly type: 'deleted'; readonly object: T }
  /** The API server answers the watch. */
  | { readonly type: 'watching' }
  /** A list or watch failed. It is retried. */
  | { readonly type: 'failed'; readonly error: Error };

/** WatchOptions are the objects to follow, and how patient to be. */
export interface WatchOptions extends Selection {
  readonly api: Pick<KubernetesApi, 'get' | 'stream'>;
  /** How long nothing may arrive, in milliseconds. The default is 150,000. */
  readonly silence?: number;
  /** The longest pause after a failure, in milliseconds. The default is 10,000. */
  readonly maxPause?: number;
}

interface State {
  /** The version to continue from; undefined if the objects must be listed first. */
  version: string | undefined;
  failures: number;
}

interface RawEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Listed & { readonly code?: number; readonly message?: string };
}

/**
 * The API server sends a bookmark each minute, so a connection that is silent for more than two is
 * dead.
 */
const maxSilence = 150_000;
/**
 * How long the API server answers one watch, in seconds. Then a new watch begins, with a new token
 * and maybe at another API server.
 */
const watchSeconds = 300;
/** A watch that ends sooner than this without an event has failed, in milliseconds. */
const shortWatch = 1_000;
/** The first pause after a failure, in milliseconds. Each one after it is twice as long. */
const firstPause = 500;
const defaultMaxPause = 10_000;
/** After this many consecutive failures the objects are listed again. */
const maxResumes = 3;
/** The longest line with a whole object, in bytes. The API server itself accepts 3 MiB. */
const maxObject = 4 * 1024 * 1024;
/** The longest line with metadata that is read whole, in bytes. */
const maxMetadata = 64 * 1024;
const goneStatus = 410;

/**
 * Follows the objects of a selection until it is stopped, whatever fails. Returns a function that
 * stops it.
 */
export function watchObjects<T extends Listed>(
  options: WatchOptions,
  on: (event: WatchEvent<T>) => void,
): () => void {
  const stopping = new AbortController();
  void follow(options, on, stopping.signal);
  return () => stopping.abort();
}

/** ObjectEvent is a change to one object, or to its watch. */
export type ObjectEvent<T> =
  /** The object as it is now; undefined if it does not exist. */
  | { readonly type: 'now'; readonly object: T | undefined }
  | Extract<WatchEvent<T>, { readonly type: 'watching' | 'failed' }>;

/** Follows one object, which the selection names. Returns a function that stops it. */
export function watchObject<T extends Listed>(
  options: WatchOptions,
  on: (event: ObjectEvent<T>) => void,
): () => void {
  let isListing = false;
  let listed: T | undefined;
  return watchObjects<T>(options, (event) => {
    if (event.type === 'listing') {
      isListing = true;
      listed = undefined;
    } else if (event.type === 'listed') {
      isListing = false;
      on({ type: 'now', object: listed });
    } else if (event.type === 'object') {
      if (isListing) listed = event.object;
      else on({ type: 'now', object: event.object });
    } else if (event.type === 'deleted') on({ type: 'now', object: undefined });
    else on(event);
  });
}

async function follow<T extends Listed>(
  options: WatchOptions,
  on: (event: WatchEvent<T>) => void,
  signal: AbortSignal,
): Promise<void> {
  const { api, maxPause = defaultMaxPause } = options;
  const state: State = { version: undefined, failures: 0 };
  // Nothing is reported after the watch was stopped.
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
      // After an answer such as "too old" or "too new", the version cannot be used again.
      if (error instanceof ApiError || state.failures >= maxResumes) state.version = undefined;
      const isExpired = error instanceof ApiError && error.status === goneStatus;
      if (!isExpired || state.failures > 1) report({ type: 'failed', error: error as Error });
      // Replicas must not all return at once.
      await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Watches from `state.version` until the API server ends the watch, after some minutes. */
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
  // Anyone who may write an object can give it megabytes of labels, and parsing them would hold up
  // reviews. What is needed comes before this key, in texts that contain no quotes.
  const end = text.indexOf(',"creationTimestamp"');
  if (end === -1) throw new Error(`the metadata of an object has more than ${maxMetadata} bytes`);
  return JSON.parse(`${text.slice(0, end)}}}}`) as RawEvent;
}
