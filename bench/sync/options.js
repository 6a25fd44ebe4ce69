import { parseOptions, readChoices, readNumber, UsageError } from '../command-line.js';
import { defaultTools, findTool, shellTool, toolNames } from './tools.js';

/** The workloads, in the order in which they are measured. */
const workloadNames = ['cold', 'warm', 'small', 'tags', 'tags-warm'];

/** Describes the command line, for --help. */
export const usage = `Usage: npm run bench sync -- [options]

Compares \`detour sync\` with tools that copy images between registries. The tools
take turns; both registries are distribution on 127.0.0.1.

  --rounds N         each figure is the median of N runs (default 3)
  --workload NAME    repeatable (default: all)
                       cold       61 tags into an empty registry
                       warm       the same, and all of it is there
                       small      one index of 2 platforms with attestations
                       tags       many small tags into an empty registry
                       tags-warm  the same, and all of it is there
  --rtt MS[,MS]      round trips to both registries, in ms (default 0)
  --scale X          multiplies the sizes of cold and warm (default 0.1; 1: 1,013 MiB)
  --tags N           how many small tags (default 200)
  --tool NAME        ${toolNames.join(', ')};
                     repeatable (default: all but detour-referrers)
  --peer NAME=TEXT   another tool, as a shell command: {source} and {target} are the
                     hosts, {images} is a file with lines REPOSITORY:TAG, {folder}
                     is empty; repeatable
  --json FILE        appends each measurement, one JSON object per line
  --help             prints this

Needs Go, Python 3 and skopeo. Takes a few minutes as it is; hours for
  --rounds 6 --scale 1 --tags 2000`;

/** Parses the command line. */
export function readOptions(args) {
  const values = parseOptions(args, {
    rounds: { type: 'string', default: '3' },
    workload: { type: 'string', multiple: true, default: [] },
    rtt: { type: 'string', default: '0' },
    scale: { type: 'string', default: '0.1' },
    tags: { type: 'string', default: '200' },
    tool: { type: 'string', multiple: true, default: [] },
    peer: { type: 'string', multiple: true, default: [] },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  });
  if (values.help) return undefined;
  const workloads = readChoices('--workload', values.workload, workloadNames);
  const names = readChoices('--tool', values.tool, toolNames, defaultTools);
  return {
    rounds: readNumber('--rounds', values.rounds, { least: 1, isWhole: true }),
    workloads,
    roundTrips: values.rtt.split(',').map((text) => readNumber('--rtt', text, { least: 0 })),
    scale: readNumber('--scale', values.scale, { least: 0 }),
    tags: readNumber('--tags', values.tags, { least: 1, isWhole: true }),
    tools: [...names.map(findTool), ...values.peer.map(readPeer)],
    json: values.json,
  };
}

function readPeer(text) {
  const [, name, command] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name !== undefined) return shellTool(name, command);
  throw new UsageError(`--peer ${text}: expected NAME=COMMAND with {source} {target}`);
}
