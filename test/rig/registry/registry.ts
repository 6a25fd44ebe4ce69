import { type Access, needsOf, refuse } from './access.ts';
import { answerBlob } from './blobs.ts';
import { answerCatalog } from './catalog.ts';
import { type Answer, type Exchange, errorAnswer, jsonAnswer } from './exchange.ts';
import { answerManifest } from './manifests.ts';
import type { Quirks } from './quirks.ts';
import { answerReferrers } from './referrers.ts';
import { type FakeServer, type ServerOptions, startServer } from './server.ts';
import { Store, StoredRepository } from './store.ts';
import { answerTags } from './tags.ts';
import { beginUpload, continueUpload } from './uploads.ts';
import { answerVendorApi } from './vendor-apis.ts';
import type { Visit } from './visit.ts';

/** FakeRegistry is a running registry. */
export interface FakeRegistry extends FakeServer {
  readonly store: Store;
  readonly quirks: Quirks;
}

/** RegistryOptions say how a fake registry begins. */
export interface RegistryOptions extends ServerOptions {
  readonly quirks?: Quirks;
  /** Shared by several registries that have the same images. Default: an empty one. */
  readonly store?: Store;
  /** Default: anybody may do anything. */
  readonly access?: Access;
  /** URL that clients reach it by, if that is not its own. */
  readonly base?: string;
  /** False for blobs of any size, which are checked and then forgotten. Default: true. */
  readonly keepsBytes?: boolean;
}

/** Starts a registry on a port of 127.0.0.1. */
export async function startRegistry(options: RegistryOptions = {}): Promise<FakeRegistry> {
  const { store = new Store(), quirks = {}, keepsBytes = true, access } = options;
  const server = await startServer(async (exchange, { url }) => {
    const answer = await route(
      { exchange, store, quirks, base: options.base ?? url, keepsBytes },
      access,
    );
    return quirks.warning === undefined
      ? answer
      : { ...answer, headers: { ...answer.headers, warning: `299 - "${quirks.warning}"` } };
  }, options);
  return Object.assign(server, { store, quirks });
}

const endpoint = /^\/v2\/(.+)\/(blobs|blobs\/uploads|manifests|referrers|tags)\/([^/]*)$/;
const isName = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

type Arrival = Omit<Visit, 'name' | 'repository'>;

async function route(arrival: Arrival, access: Access | undefined): Promise<Answer> {
  const { exchange, base } = arrival;
  if (access?.scheme === 'bearer' && exchange.path === (access.path ?? '/token')) {
    return access.tokens.answer(exchange);
  }
  const isPing = /^\/v2\/?$/.test(exchange.path);
  const [, name = ''] = endpoint.exec(exchange.path) ?? [];
  const isCatalog = exchange.path === '/v2/_catalog';
  if (access !== undefined && (isPing || isCatalog || name !== '')) {
    const refusal = refuse(access, exchange, base, name === '' ? [] : needsOf(exchange, name));
    if (refusal !== undefined) return refusal;
  }
  if (isCatalog) return answerCatalog(arrival);
  return isPing ? jsonAnswer({}) : routeToRepository(arrival);
}

async function routeToRepository(arrival: Arrival): Promise<Answer> {
  const { exchange, store, quirks } = arrival;
  const listing = answerVendorApi(exchange, store, quirks);
  if (listing !== undefined) return listing;
  const [, name = '', kind = '', last = ''] = endpoint.exec(exchange.path) ?? [];
  if (kind === '') return { status: 404, body: '404 page not found\n' };
  if (!isName.test(name)) return errorAnswer(400, 'NAME_INVALID', `"${name}" is not a name`);
  const isMade = store.repositories.has(name);
  const mayMake = isWrite(exchange) && !quirks.closedRepositories;
  // Nothing refers to what nobody pushed: the spec wants an empty list.
  if (!(isMade || mayMake || kind === 'referrers'))
    return errorAnswer(404, 'NAME_UNKNOWN', `no repository ${name}`);
  const repository = isMade || mayMake ? store.repository(name) : new StoredRepository();
  const visit: Visit = { ...arrival, name, repository };
  return answerEndpoint(visit, kind, decodeURIComponent(last));
}

function isWrite({ method }: Exchange): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

function answerEndpoint(visit: Visit, kind: string, last: string): Answer | Promise<Answer> {
  if (kind === 'manifests') return answerManifest(visit, last);
  if (kind === 'blobs') return answerBlob(visit, last);
  if (kind === 'referrers') return answerReferrers(visit, last);
  if (kind === 'tags' && last === 'list') return answerTags(visit);
  if (kind === 'blobs/uploads' && last === '' && visit.exchange.method === 'POST') {
    return beginUpload(visit);
  }
  if (kind === 'blobs/uploads' && last !== '') return continueUpload(visit, last);
  return { status: 404, body: '404 page not found\n' };
}
