/*
 * The attacker: a program of its own, which runs one attack until a message ends it, and reports
 * what became of its connections.
 */
import { attacks } from '../attacks/all.ts';
import type { AttackerOptions } from './messages.ts';

const { name, target } = JSON.parse(process.argv[2] ?? '') as AttackerOptions;
const attack = attacks.find((each) => each.name === name);
if (attack === undefined) throw new Error(`there is no attack "${name}"`);
const running = attack.begin(target);
process.once('message', () => {
  const counts = structuredClone(running.counts);
  running.stop();
  process.send?.(counts, () => process.exit());
});
