import { parser } from '@prometheus-io/lezer-promql';

interface Query {
  readonly metrics: readonly string[];
  /** Where it does not parse. */
  readonly errors: readonly string[];
}

/** Reads a query of PromQL: the metrics that it names, and where it does not parse. */
export function readQuery(text: string): Query {
  const metrics: string[] = [];
  const errors: string[] = [];
  parser.parse(text).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) errors.push(text.slice(from, to + 20));
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') {
        metrics.push(text.slice(from, to));
      }
    },
  });
  return { metrics, errors };
}
