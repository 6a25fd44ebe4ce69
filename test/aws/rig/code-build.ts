import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startWith } from '../../rig/process.ts';
import { pythonPackages } from '../../support/python-packages.ts';
import { evaluateResources, type Place } from './evaluate-template.ts';

/** Returns the folder of the AWS CLI, which CodeBuild's images have. */
export function awsCli(): string {
  return pythonPackages('aws-cli', join(import.meta.dirname, '../aws-cli-requirements.txt'));
}

/** Runs the AWS CLI, and returns what it prints. */
export function aws(args: readonly string[], env: NodeJS.ProcessEnv): string {
  return execFileSync(join(awsCli(), 'aws'), args, { env, encoding: 'utf8', stdio: 'pipe' });
}

interface Variable {
  readonly Name: string;
  readonly Type?: string;
  readonly Value: string;
}

/** BuildOptions say which build runs, and where. */
interface BuildOptions {
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly place: Place;
  /** What the machine of the build has besides the project's variables. */
  readonly env: NodeJS.ProcessEnv;
}

/** Build is a build that has run. */
interface Build {
  readonly code: number | null;
  /** All that is logged. */
  readonly output: string;
  /** Its working directory. */
  readonly folder: string;
}

/**
 * Runs the project of a template as CodeBuild does: with the variables of its environment, those in
 * Secrets Manager and Systems Manager read, in an empty folder, and phase after phase in one shell.
 */
export async function runBuild(scratch: string, options: BuildOptions): Promise<Build> {
  const { template, parameters, place, env } = options;
  const { Project } = evaluateResources(template, parameters, place);
  if (Project === undefined) throw new Error(`${template} has no project`);
  const { Source, Environment } = Project.Properties;
  const home = mkdtempSync(join(scratch, 'build-'));
  const folder = join(home, 'src');
  mkdirSync(folder);
  const variables = (Environment.EnvironmentVariables as readonly Variable[]).map((variable) => [
    variable.Name,
    resolveVariable(variable, env),
  ]);
  const running = startWith('bash', ['-c', scriptOf(Source.BuildSpec)], join(home, 'build.log'), {
    cwd: folder,
    env: {
      HOME: home,
      PATH: `${awsCli()}:${process.env.PATH}`,
      CODEBUILD_BUILD_NUMBER: '7',
      ...Object.fromEntries(variables),
      ...env,
    },
  });
  const { code } = await running.exited;
  return { code, output: readFileSync(running.log, 'utf8'), folder };
}

/** Reads a variable's value from where its type says. The CLI is given what the build is given. */
function resolveVariable({ Type = 'PLAINTEXT', Value }: Variable, env: NodeJS.ProcessEnv): string {
  const text = ['--output', 'text', '--query'];
  if (Type === 'PARAMETER_STORE') {
    const query = ['--with-decryption', ...text, 'Parameters[0].Value', '--names', Value];
    return aws(['ssm', 'get-parameters', ...query], env).replace(/\n$/, '');
  }
  if (Type !== 'SECRETS_MANAGER') return Value;
  // An ARN has seven parts; a key of the secret's JSON may follow.
  const parts = Value.split(':');
  const id = parts.slice(0, 7).join(':');
  const query = [...text, 'SecretString', '--secret-id', id];
  const secret = aws(['secretsmanager', 'get-secret-value', ...query], env).replace(/\n$/, '');
  return parts[7] === undefined ? secret : JSON.parse(secret)[parts[7]];
}

/**
 * Returns the phases as one script. A command that fails ends its phase; `post_build` runs also
 * after a `build` that failed: https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
 */
function scriptOf(buildSpec: string): string {
  const { phases } = parse(buildSpec);
  const commands = (name: string): string => {
    const list: readonly string[] = phases[name]?.commands ?? ['true'];
    return list.map((command) => `{ ${command}\n}`).join(' &&\n');
  };
  return [
    `${commands('install')} || exit`,
    `${commands('pre_build')} || exit`,
    `${commands('build')}`,
    'code=$?',
    `${commands('post_build')} || exit`,
    'exit "$code"',
  ].join('\n');
}
