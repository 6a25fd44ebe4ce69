// Raw figures to Markdown tables: medians with their spread, ratios by round.
import { pacedPerSecond } from './phases.js';
import { describe } from './statistics.js';

/**
 * Formats the results as Markdown.
 *
 * @param results what each phase returned, undefined if it was not run
 */
export function formatReport({ environment, bodies, results, rounds }) {
  const kilobytes = (name) => `${(bodies[name].text.length / 1000).toFixed(1)} kB`;
  const rows = (size) => results.load?.filter((row) => row.size === size);
  return [
    formatEnvironment(environment, rounds),
    formatLoad(`Reviews of ${kilobytes('small')}`, rows('small')),
    formatLoad(`Reviews of ${kilobytes('big')}`, rows('big')),
    formatLoad(`${kilobytes('small')} at ${pacedPerSecond} reviews a second`, results.paced),
    formatSoak(results.soak),
    formatStart(results.start),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function formatEnvironment({ node, go, cpus, loadBefore, loadAfter, date }, rounds) {
  const load = `load average ${loadBefore.toFixed(2)} before, ${loadAfter.toFixed(2)} after`;
  return `${date}, Node ${node}, ${go}, ${cpus}, ${load}; median (min–max) of ${rounds} rounds.`;
}

function formatLoad(title, rows) {
  if (rows === undefined) return undefined;
  const servers = [...new Set(rows.map(({ server }) => server))].sort();
  const header = [
    'server',
    'CPU s/1,000',
    '× raw Node',
    '× Go',
    'reviews/s',
    'p50 ms',
    'p99 ms',
    'RSS idle → after MiB',
  ];
  const failed = rows.reduce((total, row) => total + row.failed, 0);
  const note = failed === 0 ? '' : `\n\n**${failed} requests failed.**`;
  return `### ${title}\n\n${formatTable(
    header,
    servers.map((server) => formatServer(server, rows)),
  )}${note}`;
}

function formatServer(server, rows) {
  const ofServer = rows.filter((row) => row.server === server);
  const spread = (key, digits) =>
    formatSpread(
      ofServer.map((row) => row[key]),
      digits,
    );
  return [
    server,
    spread('cpuPerThousand', 3),
    formatSpread(ratios(rows, ofServer, 'raw-node'), 2),
    formatSpread(ratios(rows, ofServer, 'go-stdlib'), 2),
    spread('perSecond', 0),
    spread('p50Ms', 2),
    spread('p99Ms', 2),
    `${spread('idleMebibytes', 0)} → ${spread('afterMebibytes', 0)}`,
  ];
}

/** Round by round, so that a slow minute of the machine weighs on both sides of a ratio. */
function ratios(rows, ofServer, base) {
  return ofServer.map(({ round, cpuPerThousand }) => {
    const other = rows.find((row) => row.server === base && row.round === round);
    return cpuPerThousand / other?.cpuPerThousand;
  });
}

function formatSoak(rows) {
  if (rows === undefined) return undefined;
  const body = rows.map(({ requests, mebibytes, failed }) => [
    requests.toLocaleString('en'),
    mebibytes.toFixed(1),
    `${failed}`,
  ]);
  return `### Soak (detour)\n\n${formatTable(['requests', 'RSS MiB', 'failed'], body)}`;
}

function formatStart(rows) {
  if (rows === undefined) return undefined;
  const spread = (key) =>
    formatSpread(
      rows.map((row) => row[key]),
      0,
    );
  const body = [
    ['detour, certificate from files', spread('files')],
    ['detour, self-signed', spread('selfSigned')],
    ['an empty Node program, to its end', spread('emptyNode')],
  ];
  return `### Start to ready, ${rows.length} runs\n\n${formatTable(['', 'ms'], body)}`;
}

function formatSpread(numbers, digits) {
  const figures = describe(numbers);
  if (figures === undefined) return '–';
  const [median, min, max] = [figures.median, figures.min, figures.max].map((figure) =>
    figure.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  return min === max ? median : `${median} (${min}–${max})`;
}

/** Padded as the formatter wants it, so that a table can be pasted as it is. */
function formatTable(header, rows) {
  const widths = header.map((_, column) =>
    Math.max(3, ...[header, ...rows].map((cells) => cells[column].length)),
  );
  const line = (cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(header), rule, ...rows.map(line)].join('\n');
}
