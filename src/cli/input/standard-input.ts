import { type Terminal, UsageError } from '../terminal.ts';

/** What reads each standard input. */
const readers = new WeakMap<Terminal['stdin'], string>();

/**
 * Claims standard input for one reader, named as in messages: "the manifests". Throws UsageError if
 * another has it, because the second one would read nothing.
 */
export function claimStandardInput({ stdin }: Terminal, reader: string): void {
  const first = readers.get(stdin);
  if (first !== undefined) {
    throw new UsageError(
      `${first} and ${reader} are both read from standard input: use a file for one of them`,
    );
  }
  readers.set(stdin, reader);
}
