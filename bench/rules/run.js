/**
 * What reading a rules file costs, for each shape of text that is made to cost much, against a
 * plain YAML parse of a file of rules that is as long: processor time and memory, each in a process
 * of its own. `run.js SIZE HOW` (16777216 file, 16384 namespace); without them both. SHAPE=name for
 * one.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { shapes } from './shapes.js';

const child = fileURLToPath(new URL('child.js', import.meta.url));
const timeout = Number(process.env.TIMEOUT ?? 300_000);
const [size, how = 'file'] = process.argv.slice(2);
const runs =
  size === undefined
    ? [
        [16 * 1024 * 1024, 'file'],
        [16 * 1024, 'namespace'],
      ]
    : [[Number(size), how]];
for (const [length, way] of runs) report(length, way);

function report(length, way) {
  const plain = measure('plain', 'rules', length);
  console.log(
    `\n${length} characters, as rules of a ${way}; a plain parse of rules takes ${format(plain)}\n`,
  );
  console.log('| text | processor time, ms | of the plain parse | memory, MB | of it | reported |');
  console.log('|---|---|---|---|---|---|');
  for (const shape of process.env.SHAPE ? [process.env.SHAPE] : Object.keys(shapes)) {
    const found = measure(way, shape, length);
    console.log(`| ${shape.trim()} | ${row(found, plain)} |`);
  }
}

function row(found, plain) {
  if (found === undefined) return `more than ${timeout} | | | |`;
  const { cpu, memory, reported, code } = found;
  const times = (part, whole) => (part / whole).toFixed(2);
  return [
    cpu.toFixed(1),
    times(cpu, plain.cpu),
    memory.toFixed(0),
    times(memory, plain.memory),
    `${reported} ${code}`,
  ].join(' | ');
}

function format({ cpu, memory }) {
  return `${cpu.toFixed(1)} ms and ${memory.toFixed(0)} MB`;
}

function measure(way, shape, length) {
  const args = [child, way, shape, String(length)];
  try {
    return JSON.parse(
      execFileSync(process.execPath, args, {
        encoding: 'utf8',
        timeout,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  } catch {
    return undefined;
  }
}
