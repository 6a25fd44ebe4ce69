import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { stringify } from 'yaml';
import {
  buildWebhookConfiguration,
  type ClientTarget,
  knows,
  nameLabel,
  newestKubernetes,
  oldestKubernetes,
} from '../../admission/webhook-configuration.ts';
import { webhookPath } from '../../server/webhook.ts';
import { type Terminal, UsageError, write } from '../terminal.ts';

export interface WebhookOptions {
  readonly url?: string;
  readonly service?: string;
  readonly caBundle?: string;
  readonly kubernetes: string;
  readonly name: string;
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly timeout: string;
  readonly excludeNamespace?: readonly string[];
}

/** Left out by default: where the webhook itself runs, and what must start before it can. */
const systemNamespace = 'kube-system';
const ownNamespace = 'image-detour';
const maxBundleSize = 1024 * 1024;

/** Prints a MutatingWebhookConfiguration, ready for `kubectl apply`. */
export async function webhook(options: WebhookOptions, terminal: Terminal): Promise<number> {
  const target = readTarget(options);
  const kubernetes = readVersion(options.kubernetes);
  const caBundle = await readBundle(options.caBundle, terminal);
  requireKnown(kubernetes, target, caBundle);
  const own = 'service' in target ? target.service.namespace : ownNamespace;
  const further =
    options.excludeNamespace?.map((name) => requireName('--exclude-namespace', name)) ?? [];
  const excludedNamespaces = [...new Set([systemNamespace, own, ...further])];
  const configuration = buildWebhookConfiguration({
    name: requireName('--name', options.name),
    target,
    caBundle,
    kubernetes,
    failurePolicy: options.failurePolicy,
    timeoutSeconds: readTimeout(options.timeout),
    excludedNamespaces,
  });
  const comment = knows(kubernetes, 'nameLabel') ? '' : labelComment(excludedNamespaces);
  await write(
    terminal.stdout,
    comment + stringify(configuration, { lineWidth: 0, aliasDuplicateObjects: false }),
  );
  return 0;
}

function readTarget({ url, service }: WebhookOptions): ClientTarget {
  if (url !== undefined && service === undefined) return { url: readUrl(url) };
  if (service !== undefined && url === undefined) return { service: readService(service) };
  throw new UsageError(
    'say where the webhook is: --url https://HOST/PATH or --service NAMESPACE/NAME',
  );
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') {
    throw new UsageError(
      `"${text}" is no https:// URL; the API server calls webhooks over TLS only`,
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError('Kubernetes takes no user, query (?) or fragment (#) in a webhook URL');
  }
  return text;
}

function readService(text: string) {
  const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
  const match = new RegExp(`^(${label})/(${label})(?::(\\d{1,5}))?(/\\S*)?$`).exec(text);
  if (match === null || Number(match[3] ?? 443) > 65_535) {
    throw new UsageError(
      `"${text}" is no service; write NAMESPACE/NAME, NAMESPACE/NAME:PORT or NAMESPACE/NAME:PORT/PATH`,
    );
  }
  const [, namespace = '', name = '', port = '443', path = webhookPath] = match;
  return { namespace, name, port: Number(port), path };
}

/** What cannot be left out of the configuration, and the version does not know. */
function requireKnown(
  kubernetes: number,
  target: ClientTarget,
  caBundle: string | undefined,
): void {
  if (caBundle === undefined && !knows(kubernetes, 'optionalCaBundle')) {
    throw new UsageError('before Kubernetes 1.14 a webhook needs its CA: add --ca-bundle FILE');
  }
  if ('service' in target && target.service.port !== 443 && !knows(kubernetes, 'servicePort')) {
    throw new UsageError(
      'before Kubernetes 1.15 a Service is called at port 443 only: leave the port out',
    );
  }
}

/** RFC 1123. */
function requireName(option: string, name: string): string {
  if (/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) return name;
  throw new UsageError(`${option} takes a name of Kubernetes in lower case, not "${name}"`);
}

function readVersion(text: string): number {
  const minor = Number(/^v?1\.(\d{1,3})(?:\.\d+)?$/.exec(text)?.[1] ?? Number.NaN);
  if (!(minor >= oldestKubernetes)) {
    throw new UsageError(
      `"${text}" is no Kubernetes version; write 1.${oldestKubernetes} to 1.${newestKubernetes}`,
    );
  }
  return minor;
}

function readTimeout(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 30) return seconds;
  throw new UsageError(`--timeout takes 1 to 30 seconds, not "${text}"`);
}

/** The certificates of a PEM file, and nothing else that it holds: it goes into the cluster for all to read. */
async function readBundle(
  file: string | undefined,
  { stdin }: Terminal,
): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = file === '-' ? await readStream(stdin) : await readSmallFile(file);
  const place = file === '-' ? 'standard input' : file;
  if (text.includes('PRIVATE KEY-----')) {
    throw new UsageError(`${place} holds a private key; give the CA certificate alone`);
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || !blocks.every(isCertificate)) {
    throw new UsageError(
      `${place} holds no PEM certificate (-----BEGIN CERTIFICATE-----) that can be read`,
    );
  }
  return `${blocks.join('\n')}\n`;
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

async function readSmallFile(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > maxBundleSize)
      throw new UsageError(`${file} is no CA bundle: it is too large`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the CA bundle cannot be read: ${(error as Error).message}`);
  }
}

async function readStream(stream: NodeJS.ReadStream): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk;
    if (text.length > maxBundleSize)
      throw new UsageError('standard input is no CA bundle: it is too large');
  }
  return text;
}

function labelComment(namespaces: readonly string[]): string {
  const commands = namespaces.map(
    (namespace) => `#   kubectl label namespace ${namespace} ${nameLabel}=${namespace}\n`,
  );
  if (commands.length === 0) return '';
  return `# Before Kubernetes 1.21 namespaces do not carry their name as a label. For these to be left out, label them first:\n${commands.join('')}`;
}
