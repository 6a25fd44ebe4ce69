import { Option } from 'commander';
import { choices, defaultSettings, type TargetOptions } from '../../../target/contract/options.ts';

/** How an option is given on the command line. */
interface Given {
  readonly flags: string;
  readonly help: string;
  /** What follows it, as an error shows that asks for the option. */
  readonly example?: string;
}

/** The options of `detour compile` that targets read, in the order of the help. */
const given: Readonly<Record<keyof TargetOptions, Given>> = {
  name: { flags: '--name <name>', help: 'name of the objects' },
  api: { flags: '--api <version>', help: 'API version of admission policies' },
  mode: { flags: '--mode <mode>', help: 'what a validating policy does with a violation' },
  images: {
    flags: '--manifests <file|folder>',
    help: 'the manifests to compile for; - reads standard input',
    example: 'FILE|FOLDER|-',
  },
  url: {
    flags: '--url <url>',
    help: "https URL of the server's /external-data",
    example: 'https://HOST:PORT/external-data',
  },
  caBundle: {
    flags: '--ca-bundle <file>',
    help: "CA of that server's certificate, PEM; - reads standard input",
    example: 'FILE',
  },
  mirrorOnly: {
    flags: '--mirror-only',
    help: 'never pull from the origin, if the target can express that',
  },
  includeKubeSystem: {
    flags: '--include-kube-system',
    help: 'do not leave out kube-system, if the target is a policy',
  },
  excludeNamespace: {
    flags: '--exclude-namespace <name...>',
    help: 'namespaces to exclude in addition to kube-system and image-detour',
  },
};

/** Lists the options that some target reads, in the order of the help. */
export const targetOptions = Object.keys(given) as readonly (keyof TargetOptions)[];

/** Builds the option for the command line, with its choices and its default in the help. */
export function buildOption(name: keyof TargetOptions): Option {
  const { flags, help } = given[name];
  const fallback = defaultSettings[name as keyof typeof defaultSettings];
  const hasDefault = typeof fallback === 'string';
  const option = new Option(flags, hasDefault ? `${help} (default: ${fallback})` : help);
  return name in choices ? option.choices(choices[name as keyof typeof choices]) : option;
}

/** Returns the option as the user writes it, `--name`. */
export function flagOf(name: keyof TargetOptions): string {
  return given[name].flags.split(' ', 1)[0] as string;
}

/** Returns the option with an example of what follows it. */
export function exampleOf(name: keyof TargetOptions): string {
  const { example } = given[name];
  return example === undefined ? flagOf(name) : `${flagOf(name)} ${example}`;
}
