import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import type { KubernetesObject, Pod } from './kubernetes-object.ts';

/**
 * ApiServer is what a test needs to reach the API server; plain data, handed over by the global
 * setup.
 */
export interface ApiServer {
  readonly url: string;
  readonly token: string;
  readonly ca: string;
  readonly kubectl: string;
  readonly kubeconfig: string;
  /** The folder where every program of the rig leaves its log. */
  readonly logs: string;
}

/**
 * ApiError is an answer other than 2xx, with the message of the Status object that the API server
 * sends.
 */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

interface WriteOptions {
  /** Everything is done but the storing. */
  readonly dryRun?: boolean;
}

/** Names the API's path of MutatingWebhookConfigurations. */
export const webhooksPath = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const mergePatch = 'application/merge-patch+json';
const strategicMergePatch = 'application/strategic-merge-patch+json';
const applyPatch = 'application/apply-patch+yaml'; // JSON is YAML

/** Impersonated is a user that the administrator acts as. */
export interface Impersonated {
  readonly user: string;
  readonly groups: readonly string[];
}

/**
 * Kubernetes is a client of the API server, with the administrator's token. Its methods throw
 * ApiError.
 */
export class Kubernetes {
  readonly #server: ApiServer;
  readonly #agent: Agent;
  readonly #headers: OutgoingHttpHeaders;

  constructor(server: ApiServer, as?: Impersonated) {
    this.#server = server;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 64, ca: server.ca });
    this.#headers = {
      authorization: `Bearer ${server.token}`,
      ...(as && { 'impersonate-user': as.user, 'impersonate-group': [...as.groups] }),
    };
  }

  async isReady(): Promise<boolean> {
    const answer = await this.#send('GET', '/readyz').catch(() => undefined);
    return answer !== undefined;
  }

  async hasNamespaces(): Promise<boolean> {
    const answer = await this.#send('GET', '/api/v1/namespaces/kube-system').catch(() => undefined);
    return answer !== undefined;
  }

  async createNamespace(prefix: string): Promise<string> {
    const namespace = await this.create<KubernetesObject>('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { generateName: `${prefix}-` },
    });
    const name = namespace.metadata.name ?? '';
    await this.createServiceAccount(name);
    return name;
  }

  async createServiceAccount(namespace: string): Promise<void> {
    await this.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default' },
    });
  }

  createPod(namespace: string, pod: Pod, options: WriteOptions = {}): Promise<Pod> {
    return this.create(podsIn(namespace), pod, options);
  }

  getPod(namespace: string, name: string): Promise<Pod> {
    return this.get(`${podsIn(namespace)}/${name}`);
  }

  patchPod(namespace: string, name: string, patch: object, subresource = ''): Promise<Pod> {
    const path = `${podsIn(namespace)}/${name}${subresource && `/${subresource}`}`;
    return this.#json('PATCH', path, patch, strategicMergePatch);
  }

  /** Ephemeral containers can be added through this subresource only. */
  addEphemeralContainer(namespace: string, name: string, container: object): Promise<Pod> {
    const patch = { spec: { ephemeralContainers: [container] } };
    return this.patchPod(namespace, name, patch, 'ephemeralcontainers');
  }

  /** Server-side apply, which creates the Pod if there is none. */
  applyPod(namespace: string, pod: Pod): Promise<Pod> {
    const path = `${podsIn(namespace)}/${pod.metadata.name}?fieldManager=e2e&force=true`;
    return this.#json('PATCH', path, pod, applyPatch);
  }

  replacePod(namespace: string, pod: Pod): Promise<Pod> {
    return this.#json('PUT', `${podsIn(namespace)}/${pod.metadata.name}`, pod);
  }

  create<T extends KubernetesObject>(
    path: string,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.#json('POST', options.dryRun ? `${path}?dryRun=All` : path, object);
  }

  get<T extends KubernetesObject>(path: string): Promise<T> {
    return this.#json('GET', path);
  }

  patch<T extends KubernetesObject>(path: string, patch: object): Promise<T> {
    return this.#json('PATCH', path, patch, mergePatch);
  }

  async delete(path: string): Promise<void> {
    await this.#send('DELETE', path);
  }

  async #json<T>(method: string, path: string, body?: object, type?: string): Promise<T> {
    return JSON.parse(await this.#send(method, path, body, type)) as T;
  }

  #send(method: string, path: string, body?: object, type = 'application/json'): Promise<string> {
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.#server.url), {
        method,
        agent: this.#agent,
        headers: { ...this.#headers, 'content-type': type },
      });
      outgoing.once('error', reject);
      outgoing.once('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          const status = incoming.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(text);
          else reject(new ApiError(status, messageOf(text)));
        });
      });
      outgoing.end(body && JSON.stringify(body));
    });
  }
}

function podsIn(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message);
  } catch {
    return text;
  }
}
