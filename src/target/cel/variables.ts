import { annotation } from '../../workload/annotations.ts';

/*
 * The variables of all policies, in their order: no other file names one as text. An expression may
 * use the variables above its own.
 */

/** What each holds, for readers of the policy. */
const comments = {
  old: 'The images before an update, as place=image.',
  images: 'Every image of the Pod that a node may pull: place, JSON Pointer, image.',
  entries: `Annotation ${annotation.direct}: place=image for what was sent to its origin.`,
  markedPlaces: 'The places of these entries, each with its =.',
  marks: 'The entries. If two have the same place, only the first counts.',
  marked: 'The images in these entries, by place.',
  markedParts:
    'The tag and digest, and the whole name, of each of these images that is a reference.',
  still: 'The places that still have their marked image, however it is spelled.',
  bypass: `Annotation ${annotation.bypass}: "true", or the names of containers and volumes.`,
  kept: 'The names in it.',
  exempt: "Whether the file's namespaces or skip leave out the whole Pod.",
  changed: 'The images that the request adds or changes.',
  prefixed: 'The images that still carry the bypass.',
  open: 'The images that are left to the rules; in an update, only those that it adds or changes.',
  bypassed:
    'The images written with the bypass, without it: they go to their origin. Place, pointer, image, and the parts as below.',
  named:
    "The others that are references: pointer, name as written, tag and digest, host/, and host/repository/ as rules know them (Docker Hub's official images are in library/).",
  mirrorHosts: 'The hosts of mirrors.',
  mirrors: 'Where rules send images to. Images that are there already are kept.',
  rules: 'The rules: from → to, or what a rule does instead.',
  parts: 'The hosts that have rules for parts of them.',
  templates: 'The rules that write the registry of an image.',
  include: 'The namespaces to which a rule is limited.',
  exclude: 'The namespaces that a rule leaves out.',
  shapes: 'The rules that shorten what follows their name: to its last part, or joined by dashes.',
  suffixes: 'The rules that replace the tag and the digest.',
  passedOn:
    'The rules whose results a longer rule may decide again, with the host of their mirror.',
  above: 'The images. The last text of each is the deepest place in a mirror that it is below.',
  found: 'The images that are not in a mirror, each with the name of the rule that decides.',
  written:
    'What rules write: pointer, tag and digest, name, rule; then, list by list, what longer rules make of that.',
  rewritten:
    'What rules rewrite: pointer, tag and digest, name. What no node could pull is left out.',
  registries: 'The pull secrets of registries, and of parts of them.',
  becomes: 'What the images that change become, by pointer.',
  pulled:
    'For each image that was left to the rules, the host and the name from which it is pulled.',
  wanted: 'The pull secrets that these need.',
  secrets: 'The same, without repetition.',
  mark: `What ${annotation.direct} must contain now, without the places whose image has changed.`,
  annotated: 'How many bytes of annotations there are; the API server allows 256 KiB.',
  judged:
    'What the rule of each image says: rewrite, keep, or deny with a message; or that the image is in a mirror already.',
  denied: 'The images of rules that deny.',
  settled: 'The places of those that are mirrored, kept or denied.',
  elsewhere: 'The images that are not in a mirror, not kept and not denied.',
} as const;

/** The variables that are tables: as many variables as their entries need, `rules0`, `rules1` … */
const tables = [
  'mirrorHosts',
  'mirrors',
  'rules',
  'parts',
  'templates',
  'include',
  'exclude',
  'shapes',
  'suffixes',
  'passedOn',
  'registries',
] as const;

/** TableName names a table of variables. */
export type TableName = (typeof tables)[number];
/** VariableName names a variable of which there is only one. */
export type VariableName = Exclude<keyof typeof comments, TableName | 'written'>;

/** Variable is a named part of a policy; it may use those before it, as `variables.NAME`. */
export interface Variable {
  readonly name: VariableName | `${TableName | 'written'}${number}`;
  readonly comment: string;
  readonly expression: string;
}

/** Holds each variable as an expression names it: `variables.images`. */
export const variables = Object.fromEntries(
  Object.keys(comments).map((name) => [name, `variables.${name}`]),
) as { readonly [Name in VariableName]: `variables.${Name}` };

/** Lists the names of all variables, in the order in which policies have them. */
export const variableNames = Object.keys(comments) as (keyof typeof comments)[];

/** Returns a variable with the comment that the table has for it. */
export function variable(name: VariableName, expression: string): Variable {
  return { name, comment: comments[name], expression };
}

/** Returns the variables of a table, one for each expression. */
export function tableVariables(name: TableName, expressions: readonly string[]): Variable[] {
  return expressions.map((expression, index) => ({
    name: `${name}${index}` as const,
    comment: index === 0 ? comments[name] : '',
    expression,
  }));
}

/** Names what is written after a number of passes, but for the last. */
export function writtenName(pass: number): `written${number}` {
  return `written${pass}`;
}

/** Returns the variables of one pass after the other; what the last makes is `rewritten`. */
export function writtenVariables(passes: readonly string[]): Variable[] {
  const earlier = passes.slice(0, -1).map((expression, pass) => ({
    name: writtenName(pass),
    comment: pass === 0 ? comments.written : '',
    expression,
  }));
  return [...earlier, variable('rewritten', passes.at(-1) ?? '')];
}
