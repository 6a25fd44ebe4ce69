/** Formats what was measured as Markdown: medians with their spread, and ratios to `detour`. */
import { describe } from '../admission/statistics.js';

const mebibyte = 1024 * 1024;

const heading = [
  '| tool | wall s | × detour | CPU s | × detour | RSS MiB | requests: origin + mirror | MiB read | MiB written |',
  '| ---- | ------ | -------- | ----- | -------- | ------- | ------------------------- | -------- | ----------- |',
];

/** Returns the table of a workload with a round trip in milliseconds. */
export function formatReport(rows, { workload, roundTrip, origin }) {
  const tools = [...new Set(rows.map(({ tool }) => tool))];
  const rounds = Math.max(...rows.map(({ round }) => round));
  const title = `${workload}, round trip ${roundTrip} ms, ${formatSize(origin)}; median (min–max) of ${rounds}`;
  return [
    `\n${title}\n`,
    ...heading,
    ...tools
      .sort((a, b) => wallOf(rows, a) - wallOf(rows, b))
      .map((tool) => formatTool(tool, rows)),
    ...formatWrong(rows),
  ].join('\n');
}

function formatSize({ images, blobs }) {
  const bytes = [...blobs.values()].reduce((sum, size) => sum + size, 0);
  return `${images.length} tags, ${blobs.size} blobs, ${(bytes / mebibyte).toFixed(1)} MiB`;
}

function wallOf(rows, tool) {
  return describe(rows.filter((row) => row.tool === tool).map(({ wall }) => wall))?.median ?? 0;
}

function formatTool(tool, rows) {
  const mine = rows.filter((row) => row.tool === tool);
  const figures = (key, digits, unit = 1) =>
    formatSpread(
      mine.map((row) => row[key] / unit),
      digits,
    );
  const cells = [
    tool,
    figures('wall', 2),
    formatRatio(rows, mine, 'wall'),
    figures('cpu', 2),
    formatRatio(rows, mine, 'cpu'),
    figures('rss', 0),
    `${figures('sourceRequests', 0)} + ${figures('targetRequests', 0)}`,
    figures('read', 1, mebibyte),
    figures('written', 1, mebibyte),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Round by round, so that a slow minute of the machine weighs on both sides of a ratio. */
function formatRatio(rows, mine, key) {
  const ratios = mine.map((row) => {
    const ours = rows.find(({ tool, round }) => tool === 'detour' && round === row.round);
    return row[key] / ours?.[key];
  });
  return describe(ratios)?.median.toFixed(2) ?? '–';
}

function formatSpread(numbers, digits) {
  const { median, min, max } = describe(numbers) ?? {};
  const [middle, least, most] = [median, min, max].map((number) => number?.toFixed(digits) ?? '–');
  return least === most ? middle : `${middle} (${least}–${most})`;
}

function formatWrong(rows) {
  const wrong = rows.filter(({ wrong }) => wrong.length > 0);
  return wrong.map(
    ({ tool, round, wrong }) =>
      `**${tool}, round ${round}: missing or with another digest: ${wrong.slice(0, 3).join(', ')}${wrong.length > 3 ? ` and ${wrong.length - 3} more` : ''}.**`,
  );
}
