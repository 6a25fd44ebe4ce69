import type { Command } from 'commander';
import { type Terminal, UsageError, write } from '../terminal.ts';

type Shell = 'bash' | 'zsh' | 'fish';

/** Prints a script that completes commands and options, made from the command line itself. */
export async function completion(
  shell: string,
  program: Command,
  { stdout }: Terminal,
): Promise<number> {
  if (!Object.hasOwn(scripts, shell)) {
    throw new UsageError(`there is no completion for "${shell}"; there is for bash, zsh and fish`);
  }
  await write(stdout, scripts[shell as Shell](program));
  return 0;
}

const scripts: Readonly<Record<Shell, (program: Command) => string>> = {
  bash: formatBash,
  // zsh runs bash's script through its own emulation of it.
  zsh: (program) => `autoload -U +X bashcompinit && bashcompinit\n${formatBash(program)}`,
  fish: formatFish,
};

function optionsOf(command: Command): string[] {
  return [...command.options.map(({ long }) => long ?? ''), '--help'].filter(Boolean);
}

/** Lists the options, of the program and of its commands, whose value is a file or a folder. */
function fileOptionsOf(program: Command): string[] {
  const all = [program, ...program.commands].flatMap(({ options }) => options);
  const files = all.filter(({ flags }) => /<(?:file|folder)\b/.test(flags));
  return [...new Set(files.map(({ long }) => long ?? ''))];
}

/** For each option with choices, and each command whose argument has some, what may follow. */
function choicesOf(program: Command): string[] {
  const options = program.commands.flatMap(({ options: own }) => own);
  return options
    .filter(({ argChoices }) => argChoices !== undefined)
    .map(({ long, argChoices = [] }) => `    ${long}) choices="${argChoices.join(' ')}" ;;\n`);
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
