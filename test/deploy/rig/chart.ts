import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { buildOnce } from '../../rig/build-once.ts';

/** Rendered is a Kubernetes object, as loosely as a chart's test looks at it. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: any kind of object, whose form the API server checks
  readonly [field: string]: any;
}

/** Names the folder of the project. */
export const root = join(import.meta.dirname, '..', '..', '..');
/** Names the folder of the chart. */
export const chart = join(root, 'deploy', 'chart');

const tools = buildOnce('test/deploy/build-tools.sh');

/** Returns the path of a tool, or of the folder `crds`. */
export function tool(name: string): string {
  return join(tools, name);
}

/** Run is how a program ended, and what it wrote. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the tools to its end; throws only if it cannot be started. */
export function run(name: string, args: readonly string[], input = ''): Run {
  const { error, ...ended } = spawnSync(tool(name), args, { encoding: 'utf8', input });
  if (error !== undefined) throw error;
  return ended;
}

interface Release {
  readonly name?: string;
  readonly namespace?: string;
  readonly args?: readonly string[];
}

/** Runs `helm template` with these values. */
export function template(values: object, release: Release = {}): Run {
  const { name = 'image-detour', namespace = 'image-detour', args = [] } = release;
  return run(
    'helm',
    ['template', name, chart, '--namespace', namespace, '--values', '-', ...args],
    JSON.stringify(values),
  );
}

/** Returns the objects that the chart makes of these values; throws what helm reports. */
export function render(values: object = {}, release: Release = {}): Rendered[] {
  return renderAll(values, release).filter((object) => !isOfTest(object));
}

/** Returns the objects that `helm test` creates. */
export function renderTest(values: object = {}, release: Release = {}): Rendered[] {
  return renderAll(values, release).filter(isOfTest);
}

function renderAll(values: object, release: Release): Rendered[] {
  const { status, stdout, stderr } = template(values, release);
  if (status !== 0) throw new Error(stderr);
  return parseManifest(stdout);
}

function isOfTest({ metadata }: Rendered): boolean {
  return metadata.annotations?.['helm.sh/hook'] === 'test';
}

function parseManifest(text: string): Rendered[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
}

/** Returns the only object of a kind; throws if there is another number of them. */
export function one(objects: readonly Rendered[], kind: string): Rendered {
  const [found, ...more] = all(objects, kind);
  if (found === undefined || more.length > 0) throw new Error(`${1 + more.length} of ${kind}`);
  return found;
}

/** Returns the spec of the webhook's Pods. */
export function podOf(objects: readonly Rendered[]): Rendered['spec'] {
  return one(objects, 'Deployment').spec.template.spec;
}

/** Returns the object of a kind that has this name; throws if there is none. */
export function named(objects: readonly Rendered[], kind: string, name: string): Rendered {
  return one(
    objects.filter(({ metadata }) => metadata.name === name),
    kind,
  );
}

/** Returns those objects that are of a kind. */
export function all(objects: readonly Rendered[], kind: string): Rendered[] {
  return objects.filter((object) => object.kind === kind);
}
