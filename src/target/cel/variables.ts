import { annotation } from '../../workload/annotations.ts';

/*
 * The variables of all policies, in their order: no other file names one as text. An expression may
 * use the variables above its own. Items of lists are maps; a variable copies the fields that it
 * needs from the items of the one it is made of.
 */

interface Content {
  /** What it holds, for readers of the policy. */
  readonly comment: string;
  /** The fields of its items, if they are maps. */
  readonly fields?: readonly string[];
}

/**
 * The fields of an image; `pointer` is only in mutating policies, which no longer need `image` once
 * it is parsed.
 */
const place = ['place', 'pointer', 'image'] as const;
/** Lists the fields that are enough to find a rule, and to write what it makes of the image. */
export const partFields = ['registry', 'path', 'suffix', 'host', 'repository'] as const;

const contents = {
  old: { comment: 'The images before an update, as place=image.' },
  images: {
    comment: 'Every image of the Pod that a node may pull, with its place.',
    fields: place,
  },
  changed: {
    comment: 'Those that the request adds or changes; others would restart running containers.',
    fields: place,
  },
  marked: {
    comment: `Annotation ${annotation.direct}: the places sent to their origin, with the image each got.`,
  },
  marks: { comment: 'The same, each once.' },
  bypass: {
    comment: `Annotation ${annotation.bypass}: "true", or the names of containers and volumes.`,
  },
  kept: { comment: 'Those names.' },
  exempt: { comment: "Whether the file's namespaces or skip leave out the whole Pod." },
  prefixed: { comment: 'The images that still carry the bypass.', fields: place },
  open: { comment: 'The images that are left to the rules.', fields: place },
  parsed: {
    comment:
      'The parts of what is a reference: registry/path:tag@digest, after the bypass. The rest is kept.',
    fields: [...place, 'direct', 'ref', 'registry', 'path', 'suffix'],
  },
  named: {
    comment:
      "Without those sent to their origin; the host as rules know it, Docker Hub's official images below library/.",
    fields: [...place, ...partFields],
  },
  mirrors: { comment: 'Where rules send images to: what lies there is kept.' },
  rules: { comment: 'The rules: from → to, or what else is said of it.' },
  include: { comment: 'Where a rule holds alone.' },
  exclude: { comment: 'Where a rule does not hold.' },
  found: {
    comment: 'The images with the name of the rule that decides, without what is in a mirror.',
    fields: ['place', 'pointer', ...partFields, 'key'],
  },
  rewritten: {
    comment: 'What rules rewrite; without what they keep, and what no node could pull.',
    fields: ['place', 'pointer', 'key', 'becomes'],
  },
  secretsOf: { comment: 'The pull secrets of rules that have others than the file.' },
  wanted: { comment: 'The pull secrets that the rewritten images need.' },
  secrets: { comment: 'The same, each once.' },
  bypassed: {
    comment: 'The images that go to their origin, because they were written with the bypass.',
    fields: [...place, 'direct', 'ref'],
  },
  mark: {
    comment: `What ${annotation.direct} must say now: without places whose image is another by now.`,
  },
  annotated: {
    comment: 'How many bytes of annotations there are; the API server allows 256 KiB.',
  },
  mirrored: { comment: 'The places with images that are in the mirror.' },
  judged: {
    comment: 'Of the others, what the rule says: rewrite, keep, or deny with a message.',
    fields: ['place', 'image', 'verdict'],
  },
  denied: { comment: 'The images of rules that deny.', fields: ['place', 'image', 'verdict'] },
  elsewhere: {
    comment: 'What is neither in the mirror nor kept, nor refused already.',
    fields: place,
  },
} as const satisfies Readonly<Record<string, Content>>;

/** The variables that are tables: as many variables as their entries need, `rules0`, `rules1` … */
const tables = ['mirrors', 'rules', 'include', 'exclude', 'secretsOf'] as const;

/** TableName names a table of variables. */
export type TableName = (typeof tables)[number];
/** VariableName names a variable that is not a part of a table. */
export type VariableName = Exclude<keyof typeof contents, TableName>;

/** Variable is a named part of a policy; it may use those before it, as `variables.NAME`. */
export interface Variable {
  readonly name: VariableName | `${TableName}${number}`;
  readonly comment: string;
  readonly expression: string;
}

/** Holds each variable as an expression names it: `variables.images`. */
export const variables = Object.fromEntries(
  Object.keys(contents).map((name) => [name, `variables.${name}`]),
) as { readonly [Name in VariableName]: `variables.${Name}` };

/** Lists what is known of each variable, in the order in which policies have them. */
export const variableContents: Readonly<Record<VariableName | TableName, Content>> = contents;

/** Returns a variable with the comment that the table has for it. */
export function variable(name: VariableName, expression: string): Variable {
  return { name, comment: contents[name].comment, expression };
}

/** Returns the variables of a table, one for each expression. */
export function tableVariables(name: TableName, expressions: readonly string[]): Variable[] {
  return expressions.map((expression, index) => ({
    name: `${name}${index}` as const,
    comment: index === 0 ? contents[name].comment : '',
    expression,
  }));
}
