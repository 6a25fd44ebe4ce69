import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildOnce } from '../../rig/build-once.ts';
import { scratchFolder } from '../../rig/files.ts';
import { freePort, start, untilReady } from '../../rig/process.ts';

/** Sample is one result of a query. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Prometheus is a server that scrapes once a second. */
export interface Prometheus {
  /** Evaluates a query now. */
  query(text: string): Promise<Sample[]>;
  stop(): Promise<unknown>;
}

/** Starts Prometheus with these scrape configurations, and rules as the chart has them. */
export async function startPrometheus(
  scrapeConfigs: readonly object[],
  rules: object,
): Promise<Prometheus> {
  // Debian's package has both programs.
  const program = join(dirname(buildOnce('test/deploy/ensure-promtool.sh')), 'prometheus');
  const folder = scratchFolder('prometheus');
  const config = join(folder, 'prometheus.yaml');
  // JSON is YAML.
  writeFileSync(join(folder, 'rules.yaml'), JSON.stringify(rules));
  const content = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ['rules.yaml'],
    scrape_configs: scrapeConfigs,
  };
  writeFileSync(config, JSON.stringify(content));
  const address = `127.0.0.1:${await freePort()}`;
  const running = start(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
    ],
    join(folder, 'prometheus.log'),
  );
  const ask = (path: string) => fetch(`http://${address}${path}`);
  await untilReady(
    'Prometheus is ready',
    running,
    async () => {
      const answer = await ask('/-/ready').catch(() => undefined);
      return answer?.ok;
    },
    30,
  );
  return {
    async query(text) {
      const answer = await ask(`/api/v1/query?${new URLSearchParams({ query: text })}`);
      const { data, error } = (await answer.json()) as {
        data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
        error?: string;
      };
      if (data === undefined) throw new Error(`${text}: ${error}`);
      return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    stop: () => running.stop('SIGTERM'),
  };
}
