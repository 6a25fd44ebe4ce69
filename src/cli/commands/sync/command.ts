import type { Command } from 'commander';
import { type CommandContext, examples } from '../../command.ts';
import { addJobOptions } from './job/job-options.ts';
import type { SyncOptions } from './options.ts';

/** Adds `detour sync`. */
export function registerSync(program: Command, { terminal, exitWith }: CommandContext): void {
  const subcommand = program
    .command('sync')
    .description('copy the listed images to where the rules send them')
    .option(
      '--list <file...>',
      'copy the images that these files list, one per line, and not what the rules file lists; - reads standard input',
    )
    .option('--plan', 'print what would be copied where and why, and copy nothing')
    .option('--check', 'report which listed images the mirror lacks or has in another version')
    .option('--json', 'print one JSON object per image or event')
    .option('--failed <file>', 'write the images that were not copied to this file, for --list')
    .option(
      '--report <file...>',
      'write what became of each image to these files: a page if the name ends in .html, else JSON',
    )
    .option('--metrics <file>', 'write metrics for the textfile collector of Prometheus')
    .option('--push-gateway <url>', 'push metrics to this push gateway of Prometheus')
    .option(
      '--recheck-referrers',
      'look for signatures, attestations and SBOMs that were made after their image was copied',
    )
    .option('--unlisted', 'also report which tags the mirror holds that no list names')
    .option(
      '--to <layout>',
      'write the images into oci:DIR or oci-archive:FILE.tar instead of the mirror, to carry them to a network of its own',
    )
    .option('--from <layout>', 'copy the images of oci:DIR or oci-archive:FILE.tar to the mirror')
    .option('--max-archive-size <size>', 'split the archive of --to into files of this size: 4GiB')
    .option('--since <layout...>', 'with --to: leave out what these earlier exports have')
    .option('--max-rate <size>', 'read and write at most this much per second, such as 10MiB')
    .option(
      '--shard <i/n>',
      'fill only a part of the repositories: 0/3, 1/3 and 2/3 together fill all of them',
    )
    .option(
      '--termination-message <file>',
      'write counts and the first failures to this file, as a container of Kubernetes leaves them',
    )
    .addHelpText(
      'after',
      `${examples(
        'detour sync --plan',
        'detour sync --list required-images.txt --failed failed.txt',
        'detour sync --list failed.txt',
        "kubectl get pods -A -o jsonpath='{.items[*].spec.containers[*].image}' | tr ' ' '\\n' | sort -u | detour sync --list -",
        'detour sync --check --json',
        'detour sync --check --unlisted',
        'detour sync --to oci-archive:images.tar',
        'detour sync --from oci-archive:images.tar',
        'detour sync --to oci-archive:more.tar --since oci-archive:images.tar',
        'detour sync --print-job --shards 3 --registry-secret logins | kubectl apply --server-side -f -',
        'detour sync --job-status detour-sync',
      )}

Logins are those of docker login and podman login; Amazon ECR uses AWS credentials.
Exit codes: 0 everything listed is there, 3 a part of it, 1 nothing of it, or --check or --plan found something, 2 wrong usage.`,
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<SyncOptions>();
      if (options.printJob) {
        const { printJob } = await import('./job/print-job.ts');
        return exitWith(await printJob(options, terminal));
      }
      if (options.jobStatus !== undefined) {
        const { printJobStatus } = await import('./job/job-status.ts');
        const { jobStatus } = options;
        return exitWith(await printJobStatus({ ...options, jobStatus }, terminal));
      }
      const { sync } = await import('./sync.ts');
      exitWith(await sync(options, terminal));
    });
  addJobOptions(subcommand);
}
