import type { Document, Node } from 'yaml';
import { describeMistake } from '../rules/syntax.ts';
import { YamlReader } from '../rules/yaml-documents.ts';
import { inspect } from '../rules/yaml-inspection.ts';
import { ValueReader } from '../rules/yaml-value.ts';
import { manifestLimits } from './limits.ts';
import type { Aliases } from './node.ts';

/** DocumentValue is the value of a document, or the problem that prevents reading it. */
export interface DocumentValue {
  readonly value: unknown;
  readonly aliases: Aliases;
  readonly problem?: Problem | undefined;
}

interface Problem {
  readonly message: string;
  readonly offset: number;
}

/** Reads a document as a value. Returns a problem if it is not valid. */
export function readValue(document: Document): DocumentValue {
  const { aliases, repeatedKeys, problem } = inspect(document, manifestLimits.repeated);
  // The first error; the others mostly follow from it.
  const [error] = document.errors;
  if (error !== undefined)
    return broken({ message: describeMistake(error)[0], offset: error.pos[0] });
  if (problem !== undefined) return brokenAt(problem.message, problem.alias);
  const [repeated] = repeatedKeys;
  if (repeated !== undefined)
    return brokenAt(`the key ${String(repeated.value)} appears twice`, repeated);
  let lost: DocumentValue | undefined;
  const values = new ValueReader(aliases, {
    merge: true,
    lostAlias: (name, node) => {
      lost ??= brokenAt(`*${name} refers to nothing`, node);
    },
  });
  const value = values.read(document.contents);
  return lost ?? { value, aliases };
}

/** Reads each document of a text as a value; undefined if one of them is not valid. */
export function readValues(text: string): unknown[] | undefined {
  const reader = new YamlReader(manifestLimits);
  const values: unknown[] = [];
  for (const document of reader.read(text)) {
    const { value, problem } = readValue(document);
    if (problem !== undefined) return undefined;
    values.push(value);
  }
  return reader.excess === undefined ? values : undefined;
}

function brokenAt(message: string, node: Node | null): DocumentValue {
  return broken({ message, offset: node?.range?.[0] ?? 0 });
}

function broken(problem: Problem): DocumentValue {
  return { value: undefined, aliases: new Map(), problem };
}
