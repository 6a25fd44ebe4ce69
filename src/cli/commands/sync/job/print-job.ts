import { basename, normalize } from 'node:path';
import { Readable } from 'node:stream';
import { writeYaml } from '../../../../manifest/write-yaml.ts';
import { filterMistakes } from '../../../../mirror/tags/filter-mistakes.ts';
import { readImageList } from '../../../input/image-list.ts';
import { requireRules } from '../../../input/rules-file.ts';
import { type Terminal, UsageError, write } from '../../../terminal.ts';
import { version } from '../../../version.ts';
import { listFilesOf, readListedImages } from '../listed-images.ts';
import { PushGateway } from '../metrics/push-gateway.ts';
import { readRate, type SyncOptions } from '../options.ts';
import type { JobFile } from './job-files.ts';
import { buildJob } from './job-objects.ts';
import { readJobOptions } from './job-options.ts';
import { filesFolder } from './job-pod.ts';

/** Prints a Job or a CronJob that does what the other options ask for, with all that it needs. */
export async function printJob(options: SyncOptions, terminal: Terminal): Promise<number> {
  const jobOptions = readJobOptions(options);
  const { ruleSet, source, text } = await requireRules(options.rules, terminal, {
    withoutFile: 'refusal',
    examine: filterMistakes,
  });
  const rules = { ruleSet, rulesFile: source.name };
  const files: JobFile[] = [
    { path: 'detour.yaml', name: source.name, text, isList: false },
    ...(await readRulesLists(rules, terminal)),
  ];
  const lists = await readGivenLists(options.list, terminal);
  // Mistakes are reported here, and not by Pods.
  const given = lists.flatMap(({ name, text }) => (name === '-' ? [Buffer.from(text)] : []));
  const stdin = Readable.from(given);
  await readListedImages(options.list, rules, { ...terminal, stdin: stdin as Terminal['stdin'] });
  const objects = buildJob({
    options: jobOptions,
    files: [...files, ...lists],
    args: [
      ...lists.flatMap(({ path }) => ['--list', `${filesFolder}/${path}`]),
      ...runArguments(options, terminal),
    ],
  });
  const head = `# Printed by detour ${version}, for Kubernetes 1.29 or newer: kubectl apply --server-side -f -\n`;
  const form = { isExpression: (key: string) => /^\d+-/.test(key) };
  await write(terminal.stdout, head + writeYaml(objects, form));
  return 0;
}

/** Reads the lists that the rules file names; in a Pod they are next to it, as they are here. */
async function readRulesLists(
  rules: Parameters<typeof listFilesOf>[0],
  terminal: Terminal,
): Promise<readonly JobFile[]> {
  const files = new Map<string, JobFile>();
  for (const { written, file } of listFilesOf(rules)) {
    const path = normalize(written);
    if (path.startsWith('/') || path.startsWith('..'))
      throw new UsageError(
        `the list ${written} is not in the folder of the rules file, and a Job gets that folder only: move it there`,
      );
    const text = await readImageList(file, `the list ${file}`, terminal);
    files.set(path, { path, name: file, text, isList: true });
  }
  return [...files.values()];
}

/** Reads the lists of `--list`; in a Pod, they are in a folder of their own. */
async function readGivenLists(
  lists: readonly string[] = [],
  terminal: Terminal,
): Promise<readonly JobFile[]> {
  const files: JobFile[] = [];
  for (const [index, name] of lists.entries()) {
    const text = await readImageList(name, `the list ${name}`, terminal);
    const base = name === '-' ? 'standard-input' : basename(name);
    files.push({ path: `lists/${index}/${base}`, name, text, isList: true });
  }
  return files;
}

/** Returns the options that the run in a Pod has as well. */
function runArguments(options: SyncOptions, { env }: Terminal): readonly string[] {
  const { recheckReferrers, maxRate, pushGateway } = options;
  readRate(maxRate);
  return [
    ...(recheckReferrers ? ['--recheck-referrers'] : []),
    ...(maxRate === undefined ? [] : ['--max-rate', maxRate]),
    ...(pushGateway === undefined ? [] : ['--push-gateway', groupOfShard(pushGateway, env)]),
  ];
}

/** Returns a group of metrics for each shard: they would overwrite each other's otherwise. */
function groupOfShard(pushGateway: string, env: NodeJS.ProcessEnv): string {
  const { url } = new PushGateway(pushGateway, env);
  return `${url.href}/shard/$(JOB_COMPLETION_INDEX)`;
}
