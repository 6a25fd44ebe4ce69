import type { Command } from 'commander';
import { type Terminal, UsageError, write } from '../../terminal.ts';

type Shell = 'bash' | 'zsh' | 'fish';

/**
 * Prints a script that completes commands and options. It is generated from the program, so it
 * knows every command.
 */
export async function completion(
  shell: string,
  program: Command,
  { stdout }: Terminal,
): Promise<number> {
  if (!Object.hasOwn(scripts, shell)) {
    throw new UsageError(`there is no completion for "${shell}": use bash, zsh or fish`);
  }
  await write(stdout, scripts[shell as Shell](program));
  return 0;
}

const scripts: Readonly<Record<Shell, (program: Command) => string>> = {
  bash: formatBash,
  // zsh runs the bash script with bashcompinit.
  zsh: (program) => `autoload -U +X bashcompinit && bashcompinit\n${formatBash(program)}`,
  fish: formatFish,
};

function optionsOf(command: Command): string[] {
  return [...command.options.map(({ long }) => long ?? ''), '--help'].filter(Boolean);
}

/** Formats a case for each option that has choices. */
function choicesOf(program: Command): string[] {
  const options = program.commands.flatMap((command) => command.options);
  return options
    .filter(({ argChoices }) => argChoices !== undefined)
    .map(({ long, argChoices = [] }) => `    ${long}) choices="${argChoices.join(' ')}" ;;\n`);
}

/** The options that take a file or a folder, as `<file>` in their help says. */
function fileOptionsOf(program: Command): string[] {
  const options = [program, ...program.commands].flatMap((command) => command.options);
  const names = options
    .filter(({ flags }) => /<[^>]*(?:file|folder)/.test(flags))
    .map(({ long }) => long ?? '');
  return [...new Set(names)];
}

/** The commands that take files as arguments. */
function fileCommandsOf(program: Command): string[] {
  const takesFiles = (command: Command) =>
    command.registeredArguments.some((argument) => argument.name() === 'file');
  return program.commands.filter(takesFiles).map((command) => command.name());
}

function formatBash(program: Command): string {
  const names = program.commands.map((command) => command.name());
  const cases = program.commands.map(
    (command) =>
      `    ${command.name()}) command="$word"; words="--rules ${optionsOf(command).join(' ')}" ;;\n`,
  );
  return `_detour() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local words="${[...names, ...optionsOf(program)].join(' ')}" word command="" choices=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
${cases.join('')}    esac
  done
  case "$previous" in
${choicesOf(program).join('')}    completion) choices="${Object.keys(scripts).join(' ')}" ;;
    ${fileOptionsOf(program).join('|')}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
  esac
  if [[ -n "$choices" ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
  elif [[ -z "$command" || "$current" == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  elif [[ " ${fileCommandsOf(program).join(' ')} " == *" $command "* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -o filenames -F _detour detour
`;
}

function formatFish(program: Command): string {
  const quote = (text: string) => `'${text.replaceAll("'", "\\'")}'`;
  const lines = program.commands.flatMap((command) => [
    `complete -c detour -n __fish_use_subcommand -f -a ${command.name()} -d ${quote(command.description())}`,
    ...command.options.map(
      ({ long = '', description }) =>
        `complete -c detour -n '__fish_seen_subcommand_from ${command.name()}' -l ${long.slice(2)} -d ${quote(description)}`,
    ),
  ]);
  const rules = program.options.map(
    ({ long = '', description }) =>
      `complete -c detour -l ${long.slice(2)} -d ${quote(description)}`,
  );
  return `${[...rules, ...lines].join('\n')}\n`;
}
