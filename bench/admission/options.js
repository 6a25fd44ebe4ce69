import { parseOptions, readChoices, readNumber, UsageError } from '../command-line.js';

/** Describes the command line, for --help. */
export const usage = `Usage: node bench/admission/run.js [options]

Compares \`detour serve\` with a bare node:https server, with the Go standard
library and with any server given by --peer, over HTTP/1.1 keep-alive on loopback.

  --rounds N            rounds, each figure is their median (default 3, at most 20)
  --only PHASE          load, paced, soak or start; repeatable (default: all four)
  --peer NAME=URL[,PID] a server that is already running; repeatable. Its CPU and
                        memory are measured when its PID is given
  --server NAME         detour, raw-node or go-stdlib; repeatable (default: all three)
  --quick               one short round: to see that it runs, not to quote
  --json FILE           writes every measurement, not the medians alone
  --help                prints this

Progress goes to standard error, the Markdown tables to standard output.
Needs h2load (Debian: nghttp2-client), openssl and, for go-stdlib, Go.`;

const phases = ['load', 'paced', 'soak', 'start'];
const serverNames = ['detour', 'raw-node', 'go-stdlib'];

const full = {
  load: {
    small: { warmUp: 8_000, requests: 30_000 },
    big: { warmUp: 1_500, requests: 6_000 },
  },
  paced: { warmUp: 8_000, requests: 20_000 },
  soak: { step: 50_000, steps: 4 },
  start: { runs: 5 },
};

const quick = {
  load: {
    small: { warmUp: 2_000, requests: 5_000 },
    big: { warmUp: 300, requests: 1_000 },
  },
  paced: { warmUp: 2_000, requests: 3_000 },
  soak: { step: 5_000, steps: 4 },
  start: { runs: 2 },
};

/** Reads the command line into the numbers that every phase works with. */
export function readOptions(args) {
  const values = parseOptions(args, {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true, default: [] },
    server: { type: 'string', multiple: true, default: [] },
    peer: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  });
  return {
    help: values.help,
    quick: values.quick,
    json: values.json,
    rounds: values.quick
      ? 1
      : readNumber('--rounds', values.rounds, { least: 1, most: 20, isWhole: true }),
    phases: readChoices('--only', values.only, phases),
    serverNames: readChoices('--server', values.server, serverNames),
    peers: (values.peer ?? []).map(readPeer),
    size: values.quick ? quick : full,
  };
}

function readPeer(text) {
  const match = /^(?<name>[^=]+)=(?<url>https:\/\/[^,]+)(?:,(?<pid>\d+))?$/.exec(text);
  if (match?.groups === undefined) {
    throw new UsageError(`--peer ${text}: expected NAME=https://HOST:PORT/PATH[,PID]`);
  }
  const { name, url, pid } = match.groups;
  return { name, url, pid: pid === undefined ? undefined : Number(pid) };
}
