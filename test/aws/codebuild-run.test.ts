import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FakeDockerHub, startDockerHub } from '../rig/registry/docker-hub.ts';
import { type FakeEcr, startEcr } from '../rig/registry/ecr/ecr.ts';
import { addMultiArch } from '../rig/registry/images.ts';
import { type FakeInternet, startInternet } from '../rig/registry/internet.ts';
import { startRegistryProgram } from '../rig/registry/programs.ts';
import { findBrokenTags } from '../rig/registry/walk.ts';
import { secretsIn } from '../sync/rig/secrets.ts';
import { aws, runBuild } from './rig/code-build.ts';
import { type Moto, startMoto } from './rig/moto.ts';

/*
 * The commands of the template's build, in bash, with the packed package, npx and the AWS CLI. S3,
 * Secrets Manager and Systems Manager are moto; the registries are those of the other suites.
 */

const template = 'deploy/codebuild.yaml';
const region = 'cn-northwest-1';
const place = { region, account: '123456789012', stackName: 'fill-mirror' };
const password = 'a-password-that-nobody-may-see';
/** The same, as bcrypt writes it. */
const htpasswd = 'somebody:$2y$04$VDjF2oKEEUXwSKGoyBm28.iHVoRolt8Y97NQFl4A8a6SvyKCb46aW\n';
const secrets = [{ name: 'the password', value: password, hosts: [] }];

const scratch = mkdtempSync(join(tmpdir(), 'detour-codebuild-'));
let packed: string;
let moto: Moto;
let internet: FakeInternet;
let hub: FakeDockerHub;
let ecr: FakeEcr;

beforeAll(async () => {
  const args = ['pack', '--ignore-scripts', '--json', '--loglevel=error'];
  const answer = execFileSync('npm', [...args, '--pack-destination', scratch], {
    encoding: 'utf8',
  });
  packed = JSON.parse(answer)[0].filename;
  moto = await startMoto(scratch);
}, 300_000);
afterAll(async () => {
  await moto.stop();
  rmSync(scratch, { recursive: true, force: true });
});

beforeEach(async () => {
  internet = await startInternet(scratch);
  hub = await startDockerHub(internet);
  ecr = await startEcr(internet, { region });
  for (const name of ['nginx', 'redis']) addMultiArch(hub.store, `library/${name}`, '1');
  await fetch(`${moto.endpoint}/moto-api/reset`, { method: 'POST' });
  for (const bucket of ['lists', 'reports']) aws(['s3', 'mb', `s3://${bucket}`], machine());
});
afterEach(async () => {
  await ecr.close();
  await internet.close();
});

/** Returns what a build finds around it: the fake AWS, and npm's registry past the fake proxy. */
function machine(): NodeJS.ProcessEnv {
  return {
    ...ecr.environment,
    ...moto.environment,
    AWS_ENDPOINT_URL_ECR: ecr.api.url,
    AWS_DEFAULT_REGION: region,
    SSL_CERT_FILE: internet.caFile,
    NO_PROXY: '127.0.0.1',
    npm_config_noproxy: 'registry.npmjs.org',
    npm_config_cache: join(scratch, 'npm'),
  };
}

/** Puts files next to the package into the folder of the list. */
function upload(files: Readonly<Record<string, string>>): void {
  const folder = mkdtempSync(join(scratch, 'files-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  aws(['s3', 'cp', '--recursive', folder, 's3://lists/image-detour/'], machine());
  aws(['s3', 'cp', join(scratch, packed), 's3://lists/image-detour/'], machine());
}

function run(parameters: Readonly<Record<string, string>> = {}, env: NodeJS.ProcessEnv = {}) {
  const always = { Bucket: 'lists', Package: `./files/${packed}`, HttpsProxy: internet.proxy.url };
  return runBuild(scratch, {
    template,
    parameters: { ...always, ...parameters },
    place,
    env: { ...machine(), ...env },
  });
}

function createSecret(value: object): string {
  const args = ['secretsmanager', 'create-secret', '--name', 'detour/login', '--secret-string'];
  return JSON.parse(aws([...args, JSON.stringify(value)], machine())).ARN;
}

/** For npx, which installs packages. */
const timeout = 600_000;

test('with default parameters and a list, images arrive in this account', { timeout }, async () => {
  upload({ 'images.txt': '# two\nnginx:1\nredis:1\n' });
  const { code, output, folder } = await run();
  expect(code, output).toBe(0);
  // Both names that a Pod can have for them.
  expect([...ecr.account.repositories.keys()].sort()).toEqual([
    'mirror/dockerhub/library/nginx',
    'mirror/dockerhub/library/redis',
    'mirror/dockerhub/nginx',
    'mirror/dockerhub/redis',
  ]);
  expect(await findBrokenTags(ecr.account.store)).toEqual([]);
  expect(readFileSync(join(folder, 'reports', 'report.html'), 'utf8')).toContain('4 copied');
  expect(aws(['s3', 'ls', '--recursive', 's3://reports'], machine())).toBe('');
});

test('rules and a login fill another registry; an image that fails is the exit code', {
  timeout,
}, async () => {
  const mirror = await startRegistryProgram(
    'docker-registry',
    join(scratch, 'mirror'),
    undefined,
    htpasswd,
  );
  const auth = Buffer.from(`somebody:${password}`).toString('base64');
  const Login = createSecret({ auths: { [mirror.host]: { auth } } });
  upload({
    'detour.yaml': `version: 1
mirror: ${mirror.host}
registries: {"\${mirror}": {plainHttp: true}}
rules: [{from: docker.io, to: "\${mirror}/hub", library: always}]
sync: {lists: [one.txt, two.txt]}
`,
    'one.txt': 'nginx:1\n',
    'two.txt': 'nowhere:1\n',
  });
  const env = { NO_PROXY: '127.0.0.1' };
  const { code, output } = await run({ Login, ReportBucket: 'reports' }, env);
  expect(code, output).toBe(3);
  expect(output).toContain('1 copied');
  const headers = { authorization: `Basic ${auth}` };
  const tags = await fetch(`http://${mirror.host}/v2/hub/library/nginx/tags/list`, { headers });
  expect(await tags.json()).toMatchObject({ tags: ['1'] });
  await mirror.stop();

  const reports = join(scratch, 'reports');
  aws(['s3', 'cp', '--recursive', 's3://reports/fill-mirror/7/', reports], machine());
  expect(readFileSync(join(reports, 'failed.txt'), 'utf8')).toContain('\nnowhere:1\n');
  const written = ['failed.txt', 'report.html', 'report.json'];
  expect(readdirSync(reports).sort()).toEqual(written);
  const texts = written.map((name) => readFileSync(join(reports, name), 'utf8'));
  expect(secretsIn([output, ...texts].join('\n'), secrets)).toEqual([]);
});

test('keys of another partition are for the mirror alone; logins can be in a parameter', {
  timeout,
}, async () => {
  const MirrorKeys = createSecret({
    AWS_ACCESS_KEY_ID: 'AKIAOFCHINA',
    AWS_SECRET_ACCESS_KEY: password,
  });
  const login = JSON.stringify({ auths: { 'registry.example': { auth: 'bm9ib2R5Om5vdGhpbmc=' } } });
  const parameter = ['put-parameter', '--name', '/detour/login', '--type', 'SecureString'];
  aws(['ssm', ...parameter, '--value', login], machine());
  upload({ 'images.txt': 'nginx:1\n' });
  const { code, output, folder } = await run({
    MirrorKeys,
    Login: '/detour/login',
    RepositoryPrefix: '',
    ReportBucket: 'reports',
  });
  expect(code, output).toBe(0);
  expect([...ecr.account.repositories.keys()]).toContain('dockerhub/nginx');
  const keys = ecr.api.requests.map(
    ({ headers }) => /Credential=(\w+)/.exec(String(headers.authorization))?.[1],
  );
  expect(new Set(keys)).toEqual(new Set(['AKIAOFCHINA']));
  const file = join(folder, '..', '.docker', 'config.json');
  expect(readFileSync(file, 'utf8')).toBe(login);
  expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
  expect(secretsIn(output, secrets)).toEqual([]);
});

test('a folder without a list fails, and the log says what is missing', async () => {
  const { code, output } = await run();
  expect(code).toBe(1);
  expect(output).toContain(
    's3://lists/image-detour/ has neither images.txt nor detour.yaml: upload one of them',
  );
});
