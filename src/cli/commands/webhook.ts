import {
  buildWebhookConfiguration,
  type ClientAddress,
  knows,
  nameLabel,
  newestKubernetes,
  oldestKubernetes,
  ownNamespace,
  systemNamespace,
} from '../../admission/webhook-configuration.ts';
import { writeYaml } from '../../manifest/write-yaml.ts';
import { webhookPath } from '../../server/webhook.ts';
import { readBundle } from '../ca-bundle.ts';
import { readUrl } from '../https-url.ts';
import { requireName } from '../kubernetes-name.ts';
import { requireRules } from '../rules-file.ts';
import { type Terminal, UsageError, write } from '../terminal.ts';

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
  /** False if it must not be there, whatever the rules say. */
  readonly optOutLabel: boolean;
}

/** Prints a MutatingWebhookConfiguration, ready for `kubectl apply`. */
export async function webhook(options: WebhookOptions, terminal: Terminal): Promise<number> {
  const address = readAddress(options);
  const kubernetes = readVersion(options.kubernetes);
  const { ruleSet } = await requireRules(options.rules, terminal);
  const caBundle = await readBundle(options.caBundle, terminal);
  requireKnown(kubernetes, address, caBundle);
  const own = 'service' in address ? address.service.namespace : ownNamespace;
  const further =
    options.excludeNamespace?.map((name) => requireName('--exclude-namespace', name)) ?? [];
  const excludedNamespaces = [...new Set([systemNamespace, own, ...further])];
  const configuration = buildWebhookConfiguration({
    name: requireName('--name', options.name),
    address,
    caBundle,
    kubernetes,
    failurePolicy: options.failurePolicy,
    timeoutSeconds: readTimeout(options.timeout),
    excludedNamespaces,
    // The API server looks at the label before the rules see the Pod, so only the registration can close this exit.
    optOutLabel: options.optOutLabel && ruleSet.exits.has('label'),
  });
  const comment = knows(kubernetes, 'nameLabel') ? '' : labelComment(excludedNamespaces);
  await write(terminal.stdout, comment + writeYaml([configuration]));
  return 0;
}

function readAddress({ url, service }: WebhookOptions): ClientAddress {
  if (url !== undefined && service === undefined) {
    return { url: readUrl(url, { caller: 'the API server', what: 'a webhook' }) };
  }
  if (service !== undefined && url === undefined) return { service: readService(service) };
  throw new UsageError(
    'say where the webhook is: --url https://HOST/PATH or --service NAMESPACE/NAME',
  );
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
  address: ClientAddress,
  caBundle: string | undefined,
): void {
  if (caBundle === undefined && !knows(kubernetes, 'optionalCaBundle')) {
    throw new UsageError('before Kubernetes 1.14 a webhook needs its CA: add --ca-bundle FILE');
  }
  if ('service' in address && address.service.port !== 443 && !knows(kubernetes, 'servicePort')) {
    throw new UsageError(
      'before Kubernetes 1.15 a Service is called at port 443 only: leave the port out',
    );
  }
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

function labelComment(namespaces: readonly string[]): string {
  const commands = namespaces.map(
    (namespace) => `#   kubectl label namespace ${namespace} ${nameLabel}=${namespace}\n`,
  );
  if (commands.length === 0) return '';
  return `# Before Kubernetes 1.21 namespaces do not carry their name as a label. For these to be left out, label them first:\n${commands.join('')}`;
}
