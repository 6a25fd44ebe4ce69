import type { ConnectionLimits } from '../../src/server/connections.ts';

/** Holds limits of connections that no test meets by chance; a test lowers the one it is about. */
export const roomyLimits: ConnectionLimits = {
  maxWaiting: 16,
  maxConnections: 4,
  crowdedAbove: 4,
  silentTime: 60_000,
  crowdedTime: 60_000,
  readTime: 60_000,
  maxUnsent: 1e6,
};
