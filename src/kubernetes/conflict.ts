import { isConflict } from './api.ts';

/** How often an update is tried again because another replica was faster. */
const maxConflicts = 5;

/**
 * Reads and writes again while another replica is faster: a write names the version that was read,
 * and the API refuses it if that is no longer the newest.
 *
 * @param attempt reads and writes; it gets how many attempts there were before
 */
export async function retryConflicts<T>(attempt: (before: number) => Promise<T>): Promise<T> {
  for (let conflicts = 0; ; conflicts++) {
    try {
      return await attempt(conflicts);
    } catch (error) {
      if (!isConflict(error) || conflicts === maxConflicts) throw error;
    }
  }
}
