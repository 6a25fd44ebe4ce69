import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildOnce } from '../../rig/build-once.ts';
import { type Running, start, until } from '../../rig/process.ts';
import { namespaceOf } from './cluster-objects.ts';
import { type ImageFiles, writeImage } from './image.ts';
import { type Access, parseAccessLog, type RegistryName } from './registry.ts';

/**
 * ClusterAddress is what reaches a cluster from any process; plain data, handed over by the global
 * setup.
 */
export interface ClusterAddress {
  /** The first process in its namespaces. */
  readonly pid: number;
  readonly folder: string;
  /** The folder of the programs of Kubernetes, and helm. */
  readonly programs: string;
  readonly kubeconfig: string;
  /** HOST:PORT of the registry that plays the mirror. */
  readonly mirror: string;
  /** HOST:PORT of the registry that plays all origins. */
  readonly origin: string;
  /** The reference of the product's image, in the mirror. */
  readonly productImage: string;
}

interface Input {
  readonly input?: string;
}

/**
 * Cluster is a Kubernetes of one node, in namespaces of its own; nothing in it reaches the
 * machine's network.
 */
export class Cluster {
  readonly address: ClusterAddress;

  constructor(address: ClusterAddress) {
    this.address = address;
  }

  /** The folder whose Pods the kubelet runs without being told by anybody. */
  get staticPods(): string {
    return join(this.address.folder, 'static-pods');
  }

  /** Runs kubectl as cluster-admin, and gives what it prints. */
  kubectl(args: readonly string[], input?: Input): Promise<string> {
    const { programs, kubeconfig } = this.address;
    return this.inside([join(programs, 'kubectl'), '--kubeconfig', kubeconfig, ...args], input);
  }

  async get<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl(['get', '-o', 'json', ...args])) as T;
  }

  async apply(...objects: readonly object[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items: objects };
    await this.kubectl(['apply', '-f', '-'], { input: JSON.stringify(list) });
  }

  /** What the API server would store (server dry run). */
  async admit<T extends object>(object: T): Promise<T> {
    const args = ['create', '--dry-run=server', '-o', 'json', '-f', '-'];
    return JSON.parse(await this.kubectl(args, { input: JSON.stringify(object) })) as T;
  }

  refuses(object: object): Promise<boolean> {
    return this.admit(object).then(
      () => false,
      () => true,
    );
  }

  /** Makes a namespace, in which Pods are accepted when this returns. */
  async createNamespace(name: string, podSecurity: 'privileged' | 'restricted'): Promise<void> {
    await this.apply(namespaceOf(name, podSecurity));
    const hasAccount = () => this.isThere('serviceaccount/default', '--namespace', name);
    // Controllers are slow to come back to an API server that was restarted.
    await until(`${name} has its service account`, hasAccount, 60);
  }

  helm(args: readonly string[], input?: Input): Promise<string> {
    const { programs, kubeconfig } = this.address;
    return this.inside([join(programs, 'helm'), '--kubeconfig', kubeconfig, ...args], input);
  }

  /** Runs Helm 3, which is built if it is not there. */
  helm3(args: readonly string[], input?: Input): Promise<string> {
    const program = buildOnce('test/deploy/build-helm3.sh');
    return this.inside([program, '--kubeconfig', this.address.kubeconfig, ...args], input);
  }

  /** Runs a program where the node's network and processes are, and gives what it prints. */
  async inside(command: readonly string[], { input = '' }: Input = {}): Promise<string> {
    const child = spawn('nsenter', this.#enter(command), { stdio: 'pipe' });
    // Who has ended does not read.
    child.stdin.on('error', () => undefined).end(input);
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    const [stdout, stderr, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      ended,
    ]);
    if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Starts a program there that runs beside the tests; its log is named after it. */
  start(name: string, command: readonly string[]): Running {
    return start('nsenter', this.#enter(command), this.#logFile(name));
  }

  /** Starts one of the node's own, which is started again whenever it ends. */
  keepRunning(name: string, command: readonly string[]): Running {
    return this.start(name, [join(import.meta.dirname, 'keep-running.sh'), ...command]);
  }

  /** Ends a program of the node, which then starts anew. */
  async restart(program: string, signal: 'TERM' | 'KILL' = 'TERM'): Promise<void> {
    await this.signal(program, signal);
  }

  /** Ends the API server, and waits until another process of it is ready. */
  async restartApiServer(): Promise<void> {
    const apiServer = /^\S+\/kube-apiserver /;
    const before = await this.processOf(apiServer);
    await this.restart('kube-apiserver');
    await until(
      'another kube-apiserver is ready',
      async () => (await this.isReady()) && (await this.processOf(apiServer)) !== before,
      60,
    );
  }

  async signal(program: string, signal: 'TERM' | 'KILL' | 'STOP' | 'CONT'): Promise<void> {
    await this.inside(['pkill', `-${signal}`, '--full', `^[^ ]*/?${program} `]);
  }

  /** The log of what keepRunning or start began. */
  log(name: string): string {
    return readFileSync(this.#logFile(name), 'utf8');
  }

  isReady(): Promise<boolean> {
    return this.#succeeds(['get', '--raw', '/readyz']);
  }

  isThere(object: string, ...more: readonly string[]): Promise<boolean> {
    return this.#succeeds(['get', object, ...more]);
  }

  /** Waits for a condition of kubectl: `wait('pod/test', 'condition=Ready')`. */
  async wait(object: string, forWhat: string, ...more: readonly string[]): Promise<void> {
    await this.kubectl(['wait', object, `--for=${forWhat}`, '--timeout=60s', ...more]);
  }

  /** Pushes an image of one layer. */
  async pushFiles(reference: string, image: ImageFiles): Promise<void> {
    await this.#push(`oci:${writeImage(this.address.folder, image)}`, reference);
  }

  /** Pushes an OCI archive. */
  async pushArchive(reference: string, file: string): Promise<void> {
    await this.#push(`oci-archive:${file}`, reference);
  }

  /** What a registry was asked, in order. */
  requests(registry: RegistryName): Access[] {
    return parseAccessLog(this.log(`registry-${registry}`));
  }

  /** Those since the call of this function. */
  requestsFromNow(registry: RegistryName): () => Access[] {
    const before = this.requests(registry).length;
    return () => this.requests(registry).slice(before);
  }

  /** Returns what a process has used of the processors, in seconds (proc_pid_stat(5)). */
  async processorTimeOf(pid: number): Promise<number> {
    const stat = await this.inside(['cat', `/proc/${pid}/stat`]);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** The process in the namespaces whose command line matches. */
  async processOf(commandLine: RegExp): Promise<number> {
    return until(`a process of ${commandLine}`, async () => {
      const lines = (await this.inside(['ps', '-eo', 'pid=,args='])).split('\n');
      const found = lines
        .map((line) => /^\s*(\d+) (.*)$/.exec(line))
        .find((match) => commandLine.test(match?.[2] ?? ''));
      return found ? Number(found[1]) : undefined;
    });
  }

  #succeeds(args: readonly string[]): Promise<boolean> {
    return this.kubectl(args).then(
      () => true,
      () => false,
    );
  }

  #logFile(name: string): string {
    return join(this.address.folder, 'log', `${name}.log`);
  }

  #enter(command: readonly string[]): string[] {
    const target = ['--target', String(this.address.pid)];
    return [...target, '--pid', '--mount', '--net', '--uts', '--', ...command];
  }

  async #push(from: string, reference: string): Promise<void> {
    const options = ['--insecure-policy', 'copy', '--quiet', '--dest-tls-verify=false'];
    await this.inside(['skopeo', ...options, from, `docker://${reference}`]);
  }
}
