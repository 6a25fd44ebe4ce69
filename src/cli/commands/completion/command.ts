import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';

/** Adds `detour completion`. */
export function registerCompletion(program: Command, { terminal, exitWith }: CommandContext): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', examples('source <(detour completion bash)'))
    .action(async (shell: string) => {
      const { completion } = await import('./completion.ts');
      exitWith(await completion(shell, program, terminal));
    });
}
