import { request } from 'node:https';
import type { ApiServer } from '../../rig/kubernetes.ts';

/** ApiMetrics is what an API server has counted since it started. */
export interface ApiMetrics {
  /** Seconds of processor time. */
  readonly cpu: number;
  /** Requests that have ended, by verb (`LIST`, `GET`, `WATCH`), of one resource. */
  ended(resource: string): Record<string, number>;
  /** Watches that are open, of one resource. */
  watches(resource: string): number;
}

/** Reads the metrics of an API server once; the result does not change afterwards. */
export async function readApiMetrics(server: ApiServer): Promise<ApiMetrics> {
  const lines = (await readMetrics(server)).split('\n');
  const samples = (name: string, resource: string) =>
    lines.filter((line) => line.startsWith(`${name}{`) && line.includes(`resource="${resource}"`));
  return {
    cpu: numberAtEnd(lines.find((line) => line.startsWith('process_cpu_seconds_total ')) ?? ''),
    ended: (resource) => {
      const counts: Record<string, number> = {};
      for (const line of samples('apiserver_request_total', resource)) {
        const verb = /verb="(\w+)"/.exec(line)?.[1] ?? '';
        counts[verb] = (counts[verb] ?? 0) + numberAtEnd(line);
      }
      return counts;
    },
    watches: (resource) =>
      samples('apiserver_longrunning_requests', resource)
        .filter((line) => line.includes('verb="WATCH"'))
        .reduce((sum, line) => sum + numberAtEnd(line), 0),
  };
}

function numberAtEnd(line: string): number {
  return Number(line.slice(line.lastIndexOf(' ')));
}

function readMetrics({ url, ca, token }: ApiServer): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const outgoing = request(new URL('/metrics', url), { ca, headers }, async (incoming) => {
      resolve(Buffer.concat(await incoming.toArray()).toString());
    });
    outgoing.once('error', reject).end();
  });
}
