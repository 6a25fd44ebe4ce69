import type { Agent } from 'node:https';
import { proxyFor } from './proxy.ts';
import { trustOf } from './trust.ts';
import { TunnelAgent } from './tunnel.ts';

/**
 * Returns the agent by which the AWS SDK reaches ECR through a proxy; undefined if there is no proxy.
 * The SDK itself does not read HTTPS_PROXY.
 *
 * @throws Error if the environment is wrong
 */
export function awsAgent(region: string, env: NodeJS.ProcessEnv): Agent | undefined {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const proxy = proxyFor(new URL(`https://api.ecr.${region}.${suffix}`), env);
  if (proxy === undefined) return undefined;
  const context = trustOf(undefined, env);
  return new TunnelAgent(proxy, { keepAlive: true, ...(context && { secureContext: context }) });
}
