import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Detour, isReady } from '../../rig/detour.ts';

/**
 * Balancer is a Service in small: new connections go to the instances that were ready a second ago,
 * and existing connections stay where they are, as with kube-proxy.
 */
export interface Balancer {
  readonly port: number;
  add(instance: Detour): void;
  remove(instance: Detour): void;
  /** Reports whether new connections may go to this instance. */
  routesTo(instance: Detour): boolean;
  close(): void;
}

const endpointLag = 1_000;
const probeInterval = 100;

/** Starts a balancer without instances on a free port of 127.0.0.1. */
export async function startBalancer(): Promise<Balancer> {
  const instances = new Set<Detour>();
  const routed = new Set<Detour>();
  const sockets = new Set<Socket>();
  let turn = 0;

  const server = createServer((incoming) => {
    const targets = [...routed];
    const target = targets[turn++ % targets.length];
    if (target === undefined) incoming.destroy();
    else join(incoming, connect(target.port, '127.0.0.1'), sockets);
  });

  const timer = setInterval(() => {
    for (const instance of instances) void follow(instance, instances, routed);
  }, probeInterval);

  return {
    port: await listen(server),
    add: (instance) => instances.add(instance),
    remove: (instance) => {
      instances.delete(instance);
      routed.delete(instance);
    },
    routesTo: (instance) => routed.has(instance),
    close() {
      clearInterval(timer);
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function follow(
  instance: Detour,
  instances: ReadonlySet<Detour>,
  routed: Set<Detour>,
): Promise<void> {
  const ready = await isReady(instance);
  await sleep(endpointLag);
  if (ready && instances.has(instance)) routed.add(instance);
  else routed.delete(instance);
}

function join(one: Socket, other: Socket, sockets: Set<Socket>): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    sockets.add(from);
    from.pipe(to);
    from.once('error', () => to.destroy());
    from.once('close', () => sockets.delete(from));
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
