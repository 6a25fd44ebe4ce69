import type { Accounts } from './accounts.ts';
import { startBlobHost, startHubApi, startTokenHost } from './hosts.ts';
import type { FakeInternet } from './internet.ts';
import type { Quirks } from './quirks.ts';
import { type FakeRegistry, startRegistry } from './registry.ts';
import type { FakeServer } from './server.ts';
import { Store } from './store.ts';
import { TokenService } from './token-service.ts';

/** FakeDockerHub is Docker Hub with its four hosts. */
export interface FakeDockerHub {
  readonly store: Store;
  readonly tokens: TokenService;
  readonly registry: FakeRegistry;
  readonly auth: FakeServer;
  readonly api: FakeServer;
  readonly cdn: FakeServer;
}

/** Starts a Docker Hub where anybody may pull. It closes with the internet that it is in. */
export async function startDockerHub(
  internet: FakeInternet,
  accounts: Accounts = { anybodyMay: (_, action) => action === 'pull' },
): Promise<FakeDockerHub> {
  const store = new Store();
  const tokens = new TokenService(accounts);
  const cdnName = 'production.cloudflare.docker.com';
  const realm = 'https://auth.docker.io/token';
  const quirks: Quirks = { blobsAt: `https://${cdnName}`, noReferrers: true };
  return {
    store,
    tokens,
    registry: await internet.start('registry-1.docker.io', (options) =>
      startRegistry({
        ...options,
        store,
        quirks,
        access: { scheme: 'bearer', tokens, realm, service: 'registry.docker.io' },
      }),
    ),
    auth: await internet.start('auth.docker.io', (options) => startTokenHost(tokens, options)),
    api: await internet.start('hub.docker.com', (options) => startHubApi(store, options)),
    cdn: await internet.start(cdnName, (options) => startBlobHost(store, options)),
  };
}
