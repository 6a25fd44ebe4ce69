import { stringify } from 'yaml';
import { testExpectations, unmetExpectations } from '../../../decision/expectations.ts';
import { ecrRegistry } from '../../../reference/ecr-registry.ts';
import { checkRules } from '../../../rules/check.ts';
import { isDestination } from '../../../rules/destination.ts';
import { loadRules } from '../../../rules/load.ts';
import { suggestRegistry } from '../../../rules/suggest-name.ts';
import { type LayoutName, layouts } from './layouts.ts';

/** Returns what is wrong with the name of a mirror, and what to do; undefined if nothing is. */
export function mirrorMistake(mirror: string): string | undefined {
  if (isMirror(mirror)) return undefined;
  const suggestion = suggestRegistry(mirror, isMirror);
  const advice =
    suggestion === undefined
      ? 'name a registry such as harbor.corp.example, with an optional path'
      : `did you mean ${suggestion}?`;
  return `"${mirror}" is not a registry path: ${advice}`;
}

function isMirror(name: string): boolean {
  return isDestination(name) && !name.includes('$');
}

/**
 * Returns what is wrong with the text of `newRules` for a mirror, and what to do: where the mirror is
 * at a registry that the layout mirrors, the rules would mirror the mirror.
 */
export function layoutMistake(
  text: string,
  mirror: string,
  layout: LayoutName,
): string | undefined {
  const { ruleSet } = loadRules(text);
  const found =
    ruleSet &&
    [...checkRules(ruleSet), ...unmetExpectations(testExpectations(ruleSet))].find(
      ({ severity }) => severity !== 'note',
    );
  if (ruleSet !== undefined && found === undefined) return undefined;
  const why = found === undefined ? '' : ` (${found.message})`;
  return `the layout ${layout} does not fit a mirror at ${mirror}${why}: choose another layout, or a registry that it does not mirror`;
}

/** Returns the layout that a mirror with this name probably has. */
export function guessLayout(mirror: string): LayoutName {
  const [host = ''] = mirror.split('/');
  if (ecrRegistry(host) !== undefined) return 'ecr';
  return host.includes('harbor') ? 'harbor' : 'flat';
}

/** Writes a rules file for a mirror, with comments. */
export function newRules(mirror: string, layoutName: LayoutName): string {
  const { comment, rules, examples } = layouts[layoutName];
  const expectations = Object.entries(examples).map(([image, below]) =>
    entry(image, `${mirror}/${below}`),
  );
  return `# Where the images of each registry are mirrored. Reference: docs/rules.md of image-detour.
# After a change, run \`detour check\`. \`detour explain IMAGE\` shows what becomes of an image.
version: 1

# What \${mirror} stands for below.
${entry('mirror', mirror)}

# ${bypass}/IMAGE is pulled from its origin, as IMAGE. Choose a name that nobody else can own in
# DNS, or write false to have no such way out.
bypass: ${bypass}

${comment.map((line) => `# ${line}\n`).join('')}#
# The longest from decides; the order does not matter. What no rule matches stays as it is.
rules:
${indent([rules, ...keptMirror(mirror, rules)].join('\n'))}
  # More examples:
  # - from: quay.io/our-team
  #   keep: true # these stay as they are
  # - from: docker.elastic.co
  #   deny: this registry is not mirrored; ask the platform team

# Tests of this file, which \`detour check\` runs: an image, and what it becomes.
expect:
${indent([...expectations, entry(`${bypass}/nginx`, 'nginx')].join('\n'))}
`;
}

const bypass = 'direct.internal';

/** Keeps what else the mirror's registry has, which a rule for \`*\` would rewrite. */
function keptMirror(mirror: string, rules: string): string[] {
  const [host = ''] = mirror.split('/');
  if (host === mirror || !rules.includes('from: "*"')) return [];
  return [`- ${entry('from', host)}\n  keep: true # what else this registry has`];
}

/** Writes `key: value`; some names of hosts are something else in YAML unless they are quoted. */
function entry(key: string, value: string): string {
  return stringify({ [key]: value }, { lineWidth: 0 }).trimEnd();
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
