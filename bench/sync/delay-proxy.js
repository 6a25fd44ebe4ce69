/**
 * Makes registries as far away as others are: passes bytes on after half a round trip, each way.
 * A connection takes a whole round trip more to open, as TCP's handshake does.
 *
 * node delay-proxy.js MILLISECONDS PORT=PORT…: from the first port to the second, on 127.0.0.1
 */
import { connect, createServer } from 'node:net';

const [roundTrip, ...ways] = process.argv.slice(2);
const halfTrip = Number(roundTrip) / 2;
/** Bytes of a connection that may be under way, as in a window of TCP. */
const window = 8 * 1024 * 1024;

for (const way of ways) {
  const [from, to] = way.split('=').map(Number);
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const registry = connect({ port: to, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    // The client sent its first bytes when it had heard of the handshake.
    pass(client, registry, 3 * halfTrip, halfTrip);
    pass(registry, client, halfTrip, halfTrip);
  });
  server.listen(from, '127.0.0.1');
}

/** Passes on what one end sends: not before `first` milliseconds have passed, and late by `delay`. */
function pass(from, to, first, delay) {
  const earliest = performance.now() + first;
  const queue = [];
  let waiting = 0;
  let timer;
  const due = () => Math.max(earliest, performance.now() + delay);
  const flush = () => {
    timer = undefined;
    const now = performance.now();
    while (queue.length > 0 && queue[0].time <= now) {
      const { chunk } = queue.shift();
      if (chunk === undefined) to.end();
      else to.write(chunk);
      waiting -= chunk?.length ?? 0;
    }
    if (waiting < window) from.resume();
    schedule();
  };
  const schedule = () => {
    if (timer !== undefined || queue.length === 0) return;
    timer = setTimeout(flush, Math.max(1, queue[0].time - performance.now()));
  };
  from.on('data', (chunk) => {
    queue.push({ time: due(), chunk });
    waiting += chunk.length;
    if (waiting >= window || to.writableNeedDrain) from.pause();
    schedule();
  });
  from.on('end', () => {
    queue.push({ time: due(), chunk: undefined });
    schedule();
  });
  to.on('drain', () => {
    if (waiting < window) from.resume();
  });
  const end = () => {
    clearTimeout(timer);
    to.destroy();
  };
  from.on('error', end);
  to.on('error', () => from.destroy());
}
