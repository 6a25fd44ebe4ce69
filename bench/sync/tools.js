/** Tells each tool what to copy, in its own way. All run as they come, with nothing tuned. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/**
 * Task is what a tool copies: all images of a data set from one host to another, under the same
 * names. Files go into `folder`.
 *
 * @typedef {{ folder: string, source: string, target: string, images: { repository: string, tag: string }[] }} Task
 * @typedef {{ name: string, command: (task: Task) => string[] }} Tool
 */

/** The tools that are compared unless others are named: what makes the command of each. */
const known = {
  detour: () => (task) => detour(task, { referrers: false }),
  'detour-referrers': () => (task) => detour(task, { referrers: true }),
  skopeo: () => skopeo,
  crane: () => {
    const program = build('test/sync/build-registry.sh', 'crane');
    return (task) => crane(program, task);
  },
  regsync: () => {
    const program = build('bench/sync/build-peer.sh', 'regsync');
    return (task) => regsync(program, task);
  },
  oras: () => {
    const program = build('bench/sync/build-peer.sh', 'oras');
    return (task) => oras(program, task);
  },
};

/** The names of the tools. */
export const toolNames = Object.keys(known);

/** Without signatures, as no other tool looks for them by default. */
export const defaultTools = toolNames.filter((name) => name !== 'detour-referrers');

/**
 * Returns a tool, built if need be.
 *
 * @returns {Tool}
 */
export function findTool(name) {
  return { name, command: known[name]() };
}

/**
 * Returns a tool that is a shell command with {source} and {target} for the hosts, {images} for a
 * file with an image in each line, as REPOSITORY:TAG, and {folder} for an empty folder.
 *
 * @returns {Tool}
 */
export function shellTool(name, text) {
  return {
    name,
    command: ({ folder, source, target, images }) => {
      const values = { folder, source, target, images: join(folder, 'images.txt') };
      write(values.images, images.map(({ repository, tag }) => `${repository}:${tag}`).join('\n'));
      return shell(text.replace(/\{(folder|source|target|images)\}/g, (_, key) => values[key]));
    },
  };
}

/** Builds a program, and returns where it is. */
export function build(script, name) {
  return execFileSync(join(root, script), [name], { encoding: 'utf8' }).trim();
}

function detour({ folder, source, target, images }, { referrers }) {
  const rules = {
    version: 1,
    registries: { [source]: { plainHttp: true }, [target]: { plainHttp: true } },
    rules: [{ from: source, to: target }],
    sync: { referrers },
  };
  const list = images.map(({ repository, tag }) => `${source}/${repository}:${tag}`);
  const files = [join(folder, 'detour.json'), join(folder, 'list.txt')];
  write(files[0], JSON.stringify(rules));
  write(files[1], list.join('\n'));
  const detour = join(root, 'bin', 'detour.js');
  return [process.execPath, detour, '--rules', files[0], 'sync', '--list', files[1]];
}

function skopeo({ folder, source, target, images }) {
  const tags = tagsByRepository(images);
  const list = { [source]: { 'tls-verify': false, images: Object.fromEntries(tags) } };
  const files = [join(folder, 'policy.json'), join(folder, 'skopeo.yaml')];
  write(files[0], '{"default":[{"type":"insecureAcceptAnything"}]}');
  write(files[1], JSON.stringify(list)); // JSON is YAML.
  const how = ['--all', '--src', 'yaml', '--dest', 'docker', '--dest-tls-verify=false'];
  return ['skopeo', '--policy', files[0], 'sync', ...how, files[1], target];
}

function crane(program, { source, target, images }) {
  if (images.length === 1)
    return [program, '--insecure', 'cp', ...[source, target].map((host) => at(host, images[0]))];
  const copy = (name) => `${program} --insecure cp -a ${source}/${name} ${target}/${name}`;
  return shell([...tagsByRepository(images).keys()].map(copy).join('\n'));
}

function regsync(program, { folder, source, target, images }) {
  const sync = [...tagsByRepository(images)].map(([name, tags]) => ({
    type: 'repository',
    source: `${source}/${name}`,
    target: `${target}/${name}`,
    tags: { allow: tags },
  }));
  const creds = [source, target].map((registry) => ({ registry, tls: 'disabled' }));
  const file = join(folder, 'regsync.yaml');
  write(file, JSON.stringify({ version: 1, creds, sync }));
  return [program, 'once', '--config', file];
}

function oras(program, { source, target, images }) {
  const copy = `${program} cp --from-plain-http --to-plain-http`;
  const commands = images.map((image) => `${copy} ${at(source, image)} ${at(target, image)}`);
  return shell(commands.join('\n'));
}

function at(host, { repository, tag }) {
  return `${host}/${repository}:${tag}`;
}

function tagsByRepository(images) {
  const tags = new Map();
  for (const { repository, tag } of images)
    tags.set(repository, [...(tags.get(repository) ?? []), tag]);
  return tags;
}

function shell(text) {
  return ['bash', '-ec', text];
}

function write(file, text) {
  writeFileSync(file, `${text}\n`);
}
