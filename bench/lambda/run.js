/**
 * Times the function that webhook/api-gateway.yaml holds: a cold start (a process that loads it and
 * answers one review of 2 kB) beside a bare node, and the processor time of a warm review.
 * `--node FILE` names another node, `--python FILE` a Python function with a
 * `handler(event, context)`, which is measured in the same way.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

const { values } = parseArgs({
  options: {
    node: { type: 'string', default: process.execPath },
    python: { type: 'string' },
    runs: { type: 'string', default: '60' },
  },
});
const runs = Number(values.runs);
const folder = mkdtempSync(join(tmpdir(), 'detour-bench-'));
const write = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const template = parse(readFileSync('webhook/api-gateway.yaml', 'utf8'), { logLevel: 'silent' });
const fixture = 'test/fixtures/admission-reviews/001-v1-CREATE-pods.json';
const body = JSON.stringify(JSON.parse(readFileSync(fixture, 'utf8')).review);
const event = write(
  'event.json',
  JSON.stringify({ httpMethod: 'POST', path: '/', headers: {}, body, isBase64Encoded: false }),
);
write('index.js', template.Resources.Function.Properties.Code.ZipFile);
const empty = write('empty.js', '');
const cold = write(
  'cold.js',
  `require('./index.js').handler(JSON.parse(require('fs').readFileSync(${JSON.stringify(event)}, 'utf8')));`,
);
const warm = write(
  'warm.js',
  `const { handler } = require('./index.js');
const text = require('fs').readFileSync(${JSON.stringify(event)}, 'utf8');
(async () => {
  for (let i = 0; i < 3000; i++) await handler(JSON.parse(text));
  const start = process.cpuUsage();
  for (let i = 0; i < 10000; i++) await handler(JSON.parse(text));
  const { user, system } = process.cpuUsage(start);
  process.stderr.write(String((user + system) / 10000 / 1000));
})();`,
);

console.log(
  `node ${execFileSync(values.node, ['--version'], { encoding: 'utf8' }).trim()}, a review of ${body.length} bytes`,
);
report(values.node, empty, cold, warm);
if (values.python !== undefined) benchPython(values.python);
rmSync(folder, { recursive: true });

function benchPython(file) {
  write('function.py', readFileSync(file, 'utf8'));
  const load = `import json, sys, time\nsys.path.insert(0, ${JSON.stringify(folder)})\nfrom function import handler\ntext = open(${JSON.stringify(event)}).read()\n`;
  const warmLoop = `for i in range(1000): handler(json.loads(text), None)\nstart = time.process_time()\nfor i in range(10000): handler(json.loads(text), None)\nsys.stderr.write(str((time.process_time() - start) / 10))\n`;
  console.log(`python ${execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim()}`);
  report(
    'python3',
    write('empty.py', ''),
    write('cold.py', `${load}handler(json.loads(text), None)\n`),
    write('warm.py', load + warmLoop),
  );
}

/** One after the other in turn, so that both meet the same noise. */
function report(program, emptyFile, coldFile, warmFile) {
  /** @type {Record<'bare' | 'cold', number[]>} */
  const times = { bare: [], cold: [] };
  for (let i = 0; i < runs; i++) {
    times.bare.push(time(program, emptyFile));
    times.cold.push(time(program, coldFile));
  }
  const [bare, whole] = [median(times.bare), median(times.cold)];
  console.log(`bare start          ${bare.toFixed(1)} ms`);
  console.log(`with one review     ${whole.toFixed(1)} ms, ${(whole - bare).toFixed(1)} ms more`);
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = ['ignore', 'ignore', 'pipe'];
  const loops = [1, 2, 3].map(() => Number(spawnSync(program, [warmFile], { stdio }).stderr));
  console.log(`processor time of a warm review  ${median(loops).toFixed(3)} ms`);
}

function time(program, file) {
  const start = performance.now();
  const { status } = spawnSync(program, [file], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`${file} failed`);
  return performance.now() - start;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
