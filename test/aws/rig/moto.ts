import { join } from 'node:path';
import { pythonTools } from '../../rig/lambda/tools.ts';
import { freePort, start, untilReady } from '../../rig/process.ts';

/** Moto is a server that stands in for AWS, with what AWS clients need to reach it. */
export interface Moto {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The same for programs. */
  readonly environment: Readonly<Record<string, string>>;
  /** From now on it takes connections and answers none. */
  freeze(): void;
  stop(): Promise<void>;
}

/** Starts moto's server on a free port, with its log in `folder`. */
export async function startMoto(folder: string): Promise<Moto> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const log = join(folder, 'moto.log');
  const server = start(
    join(pythonTools(), 'moto_server'),
    ['-H', '127.0.0.1', '-p', `${port}`],
    log,
  );
  const isUp = async () => (await fetch(`${endpoint}/moto-api/`).catch(() => undefined))?.ok;
  await untilReady('moto is up', server, isUp, 60);
  return {
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    freeze: () => server.signal('SIGSTOP'),
    stop: async () => {
      await server.stop('SIGKILL');
    },
  };
}
