import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { until } from '../rig/process.ts';
import { codeBlocks } from '../support/code-blocks.ts';
import { evaluateResources } from './rig/evaluate-template.ts';
import { type Moto, startMoto } from './rig/moto.ts';
import { allows, type Policy } from './rig/role-policy.ts';

const template = 'deploy/codebuild.yaml';
const stackName = 'fill-mirror';
const account = '123456789012';

/** Evaluates the template with a bucket and parameters. */
function evaluate(region: string, parameters: Readonly<Record<string, string>> = {}) {
  return evaluateResources(
    template,
    { Bucket: 'lists', ...parameters },
    { region, account, stackName },
  );
}

/** Returns the policies of a role. */
function policiesOf(resources: ReturnType<typeof evaluate>, role = 'Role'): Policy[] {
  const { Policies } = resources[role]!.Properties;
  const others = Object.values(resources).filter(
    ({ Type, Properties }) => Type === 'AWS::IAM::Policy' && Properties.Roles.includes(role),
  );
  return [...Policies, ...others.map(({ Properties }) => Properties)].map(
    ({ PolicyDocument }) => PolicyDocument,
  );
}

/** Lists the actions on repositories that the guide's policy has. */
function neededActions(): string[] {
  const [policy = ''] = codeBlocks('docs/fill-your-mirror.md', 'json');
  const { Statement } = JSON.parse(policy) as Policy;
  return Statement.flatMap(({ Action }) => Action).filter(
    (action) => action !== 'ecr:GetAuthorizationToken',
  );
}

describe.each([
  ['us-east-1', 'aws', 'amazonaws.com'],
  ['cn-northwest-1', 'aws-cn', 'amazonaws.com.cn'],
])('in %s', (region, partition, suffix) => {
  const arn = (service: string, rest: string, place = region) =>
    `arn:${partition}:${service}:${place}:${account}:${rest}`;
  const repository = (name: string, place = region) => arn('ecr', `repository/${name}`, place);
  const secret = arn('secretsmanager', 'secret:login-AbCdEf');

  test('the job may read its list, and fill repositories of its prefix and region', () => {
    const policies = policiesOf(evaluate(region));
    const may = (action: string, resource: string) => allows(policies, action, resource);
    const list = `arn:${partition}:s3:::lists`;
    expect(may('s3:ListBucket', list)).toBe(true);
    expect(may('s3:GetObject', `${list}/image-detour/images.txt`)).toBe(true);
    expect(may('s3:GetObject', `${list}/other/images.txt`)).toBe(false);
    expect(may('s3:PutObject', `${list}/image-detour/images.txt`)).toBe(false);
    for (const action of neededActions()) {
      expect(may(action, repository('mirror/dockerhub/nginx')), action).toBe(true);
      expect(may(action, repository('mirrors/nginx')), action).toBe(false);
      expect(may(action, repository('mirror/nginx', 'eu-west-1')), action).toBe(false);
    }
    expect(may('ecr:GetAuthorizationToken', '*')).toBe(true);
    for (const action of ['ecr:BatchDeleteImage', 'ecr:DeleteRepository', 'ecr:*'])
      expect(may(action, repository('mirror/x')), action).toBe(false);
    expect(may('secretsmanager:GetSecretValue', secret)).toBe(false);
    expect(may('ssm:GetParameters', arn('ssm', 'parameter/x'))).toBe(false);
  });

  test('parameters give it what they name, and no more', () => {
    const policies = policiesOf(
      evaluate(region, {
        Login: '/detour/login',
        MirrorKeys: secret,
        ReportBucket: 'reports',
        RepositoryPrefix: '',
        CreateRepositories: 'false',
      }),
    );
    const may = (action: string, resource: string) => allows(policies, action, resource);
    expect(may('ssm:GetParameters', arn('ssm', 'parameter/detour/login'))).toBe(true);
    expect(may('ssm:GetParameters', arn('ssm', 'parameter/detour/other'))).toBe(false);
    expect(may('secretsmanager:GetSecretValue', secret)).toBe(true);
    expect(may('secretsmanager:GetSecretValue', `${secret}x`)).toBe(false);
    const reports = `arn:${partition}:s3:::reports/`;
    expect(may('s3:PutObject', `${reports}${stackName}/1/report.html`)).toBe(true);
    expect(may('s3:PutObject', `${reports}other/1/report.html`)).toBe(false);
    expect(may('ecr:PutImage', repository('anything'))).toBe(true);
    expect(may('ecr:CreateRepository', repository('anything'))).toBe(false);
  });

  test('the schedule may start the project, and nothing else', () => {
    const policies = policiesOf(evaluate(region), 'ScheduleRole');
    expect(policies.flatMap(({ Statement }) => Statement)).toHaveLength(1);
    const project = (name: string) => arn('codebuild', `project/${name}`);
    expect(allows(policies, 'codebuild:StartBuild', project(stackName))).toBe(true);
    expect(allows(policies, 'codebuild:StartBuild', project('other'))).toBe(false);
  });

  test('the project has no privileges, runs once at a time, and knows secrets by name', () => {
    const { Project } = evaluate(region, { Login: secret });
    const { Environment, ...project } = Project!.Properties;
    expect(project).toMatchObject({ Name: stackName, ConcurrentBuildLimit: 1 });
    expect(Environment).toMatchObject({
      PrivilegedMode: false,
      ComputeType: 'BUILD_GENERAL1_SMALL',
    });
    expect(Environment.EnvironmentVariables).toContainEqual({
      Name: 'MIRROR',
      Value: `${account}.dkr.ecr.${region}.${suffix}/mirror`,
    });
    expect(Environment.EnvironmentVariables).toContainEqual({
      Name: 'DOCKER_LOGIN',
      Type: 'SECRETS_MANAGER',
      Value: secret,
    });
    expect(parse(project.Source.BuildSpec).version).toBe(0.2);
  });
});

describe('moto', () => {
  const region = 'us-east-1';
  const folder = mkdtempSync(join(tmpdir(), 'detour-codebuild-stack-'));
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto(folder);
  });
  afterAll(async () => {
    await moto.stop();
    rmSync(folder, { recursive: true });
  });

  /** Asks a service for which there is no SDK here. */
  async function ask(service: string, headers: object, body: object | string): Promise<string> {
    const credential = `Credential=test/20260101/${region}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 ${credential}`;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const init = { method: 'POST', headers: { ...headers, authorization }, body: text };
    return (await fetch(moto.endpoint, init)).text();
  }
  const askEvents = async (operation: string, input: object) =>
    JSON.parse(await ask('events', { 'x-amz-target': `AWSEvents.${operation}` }, input));
  const askIam = (query: Record<string, string>) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return ask('iam', headers, String(new URLSearchParams({ Version: '2010-05-08', ...query })));
  };

  test('creates the stack with a bucket alone, and has all but the project', async () => {
    const client = new CloudFormationClient({ ...moto, region, maxAttempts: 1 });
    const StackName = stackName;
    await client.send(
      new CreateStackCommand({
        StackName,
        TemplateBody: readFileSync(template, 'utf8'),
        Parameters: [{ ParameterKey: 'Bucket', ParameterValue: 'lists' }],
        Capabilities: ['CAPABILITY_IAM'],
      }),
    );
    const find = async () =>
      (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
    await until('it is created', async () => (await find())?.StackStatus === 'CREATE_COMPLETE');
    const { StackResourceSummaries = [] } = await client.send(
      new ListStackResourcesCommand({ StackName }),
    );
    const made = StackResourceSummaries.flatMap(
      ({ LogicalResourceId: name, PhysicalResourceId }) =>
        name ? [[name, PhysicalResourceId ?? '']] : [],
    );
    // moto does not know projects of CodeBuild.
    const { Project: _, ...others } = evaluate(region);
    expect(made.map(([name]) => name).sort()).toEqual(Object.keys(others).sort());

    const [{ Name, ScheduleExpression, State }] = (await askEvents('ListRules', {})).Rules;
    expect([ScheduleExpression, State]).toEqual(['cron(17 3 * * ? *)', 'ENABLED']);
    const { Targets } = await askEvents('ListTargetsByRule', { Rule: Name });
    const { ScheduleRole = '', Role: RoleName = '' } = Object.fromEntries(made);
    expect(Targets).toMatchObject([{ RoleArn: `arn:aws:iam::${account}:role/${ScheduleRole}` }]);

    // What a role may do is what the other tests evaluate.
    const list = await askIam({ Action: 'ListRolePolicies', RoleName });
    const names = [...list.matchAll(/<member>(\w+)</g)].map(([, name = '']) => name);
    const documents = await Promise.all(
      names.map(async (PolicyName) => {
        const answer = await askIam({ Action: 'GetRolePolicy', RoleName, PolicyName });
        const [, text = ''] = /<PolicyDocument>([^<]*)/.exec(answer) ?? [];
        // moto encodes some, and writes others as Python does.
        return JSON.parse(decodeURIComponent(text).replaceAll("'", '"'));
      }),
    );
    expect(documents).toEqual(policiesOf(others));
  });
});
