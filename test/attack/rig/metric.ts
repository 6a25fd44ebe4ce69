import type { RunningProgram } from '../../rig/program.ts';

/** Returns the value of a metric's line, such as `name` or `name{label="x"}`. */
export async function metric({ healthUrl }: RunningProgram, line: string): Promise<number> {
  const answer = await fetch(new URL('/metrics', healthUrl));
  const found = (await answer.text()).split('\n').find((one) => one.startsWith(`${line} `));
  return Number(found?.slice(line.length));
}
