/** The parts for a registry that refuses whole blobs, in bytes, unless the rules file says so. */
export const defaultChunk = 16 * 1024 * 1024;
/** Smaller parts are not tried, in bytes. */
export const smallestChunk = 64 * 1024;

/** Returns the size of the next attempt, after one with so many bytes was refused. */
export function smallerThan(size: number): number {
  return size > defaultChunk ? defaultChunk : Math.max(smallestChunk, Math.floor(size / 4));
}
