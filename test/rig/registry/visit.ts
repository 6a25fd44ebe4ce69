import type { Exchange } from './exchange.ts';
import type { Quirks } from './quirks.ts';
import type { Store, StoredRepository } from './store.ts';

/** Visit is a request to one repository of a registry. */
export interface Visit {
  readonly exchange: Exchange;
  readonly store: Store;
  readonly quirks: Quirks;
  /** The registry's URL, without a slash at the end. */
  readonly base: string;
  readonly name: string;
  readonly repository: StoredRepository;
  readonly keepsBytes: boolean;
}

/** Returns a header's one value. */
export function headerOf({ headers }: Exchange, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
