import {
  buildWebhookConfiguration,
  type ClientAddress,
  knows,
  newestKubernetes,
  oldestKubernetes,
} from '../../../admission/webhook-configuration.ts';
import { writeYaml } from '../../../manifest/write-yaml.ts';
import { webhookPath } from '../../../server/webhook.ts';
import {
  excludedNamespaces,
  installNamespace,
  nameLabel,
  systemNamespace,
} from '../../../workload/opt-out.ts';
import { readBundle } from '../../input/ca-bundle.ts';
import { readExcludedNamespaces } from '../../input/excluded-namespaces.ts';
import { readUrl } from '../../input/https-url.ts';
import { requireName } from '../../input/kubernetes-name.ts';
import { readLabelSelectors } from '../../input/label-selector.ts';
import { readAnnotations, readLabels } from '../../input/labels.ts';
import { requireRules } from '../../input/rules-file.ts';
import { type Terminal, UsageError, write } from '../../terminal.ts';

/** WebhookOptions are the options of `detour webhook`. */
export interface WebhookOptions {
  readonly rules?: string;
  readonly url?: string;
  readonly service?: string;
  readonly caBundle?: string;
  readonly kubernetes: string;
  readonly name: string;
  readonly failurePolicy: 'Ignore' | 'Fail';
  readonly timeout: string;
  readonly excludeNamespace?: readonly string[];
  readonly includeKubeSystem?: boolean;
  readonly namespaceSelector?: readonly string[];
  readonly objectSelector?: readonly string[];
  readonly label?: readonly string[];
  readonly annotation?: readonly string[];
  /** False leaves the label out, whatever the rules say. */
  readonly optOutLabel: boolean;
}

/** Prints a MutatingWebhookConfiguration, ready for `kubectl apply`. */
export async function webhook(options: WebhookOptions, terminal: Terminal): Promise<number> {
  const address = readAddress(options);
  const kubernetes = readVersion(options.kubernetes);
  const { ruleSet } = await requireRules(options.rules, terminal);
  const caBundle = await readBundle(options.caBundle, terminal);
  requireKnown(kubernetes, { address, caBundle, options });
  const excluded = readExcluded(options, address);
  const configuration = buildWebhookConfiguration({
    name: requireName('--name', options.name),
    address,
    caBundle,
    kubernetes,
    failurePolicy: options.failurePolicy,
    timeoutSeconds: readTimeout(options.timeout),
    excludedNamespaces: excluded,
    namespaceSelector: readLabelSelectors('--namespace-selector', options.namespaceSelector),
    objectSelector: readLabelSelectors('--object-selector', options.objectSelector),
    ...(options.label && { labels: readLabels(options.label) }),
    ...(options.annotation && { annotations: readAnnotations(options.annotation) }),
    // The API server looks at the label before the rules see the Pod, so only the registration can
    // close this exit.
    optOutLabel: options.optOutLabel && ruleSet.exits.has('label'),
  });
  const comment = knows(kubernetes, 'nameLabel')
    ? ''
    : labelComment(
        new Set([...(options.failurePolicy === 'Fail' ? [systemNamespace] : []), ...excluded]),
      );
  await write(terminal.stdout, comment + writeYaml([configuration]));
  return 0;
}

/** Returns the namespaces to exclude, each once. */
function readExcluded(options: WebhookOptions, address: ClientAddress): readonly string[] {
  const webhookNamespace = 'service' in address ? address.service.namespace : installNamespace;
  const { includeKubeSystem } = options;
  const excludeNamespace = readExcludedNamespaces(options);
  return excludedNamespaces({ includeKubeSystem, excludeNamespace }, webhookNamespace);
}

function readAddress({ url, service }: WebhookOptions): ClientAddress {
  if (url !== undefined && service === undefined) {
    return { url: readUrl(url, { caller: 'the API server', what: 'a webhook' }) };
  }
  if (service !== undefined && url === undefined) return { service: readService(service) };
  throw new UsageError('use either --url https://HOST/PATH or --service NAMESPACE/NAME');
}

function readService(text: string) {
  const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
  const match = new RegExp(`^(${label})/(${label})(?::(\\d{1,5}))?(/\\S*)?$`).exec(text);
  if (match === null || Number(match[3] ?? 443) > 65_535) {
    throw new UsageError(
      `"${text}" is not a Service: write NAMESPACE/NAME, NAMESPACE/NAME:PORT or NAMESPACE/NAME:PORT/PATH`,
    );
  }
  const [, namespace = '', name = '', port = '443', path = webhookPath] = match;
  return { namespace, name, port: Number(port), path };
}

/** Needed is what the configuration is built of and old versions do not know. */
interface Needed {
  readonly address: ClientAddress;
  readonly caBundle: string | undefined;
  readonly options: WebhookOptions;
}

/** Rejects what the configuration needs and the version does not support. */
function requireKnown(kubernetes: number, { address, caBundle, options }: Needed): void {
  if (caBundle === undefined && !knows(kubernetes, 'optionalCaBundle')) {
    throw new UsageError('before Kubernetes 1.14 a webhook needs its CA: add --ca-bundle FILE');
  }
  if ('service' in address && address.service.port !== 443 && !knows(kubernetes, 'servicePort')) {
    throw new UsageError(
      'before Kubernetes 1.15 a Service is called at port 443 only: leave the port out',
    );
  }
  if (options.objectSelector !== undefined && !knows(kubernetes, 'objectSelector')) {
    throw new UsageError('before Kubernetes 1.15 a webhook has no --object-selector: leave it out');
  }
}

function readVersion(text: string): number {
  const minor = Number(/^v?1\.(\d{1,3})(?:\.\d+)?$/.exec(text)?.[1] ?? Number.NaN);
  if (!(minor >= oldestKubernetes)) {
    throw new UsageError(
      `"${text}" is not a supported Kubernetes version: write 1.${oldestKubernetes} to 1.${newestKubernetes}`,
    );
  }
  return minor;
}

function readTimeout(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 30) return seconds;
  throw new UsageError(`--timeout takes 1 to 30 seconds, not "${text}"`);
}

/** Returns a comment with the commands for the namespaces that the selectors name. */
function labelComment(namespaces: Iterable<string>): string {
  const commands = [...namespaces].map(
    (namespace) => `#   kubectl label namespace ${namespace} ${nameLabel}=${namespace}\n`,
  );
  return `# Before Kubernetes 1.21 namespaces have no label with their name. For the selectors to know these, label them first:\n${commands.join('')}`;
}
