import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  type Parameter,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTemplate } from '../rig/lambda/template.ts';
import { until } from '../rig/process.ts';
import { type Moto, startMoto } from './rig/moto.ts';

const templateBody = readFileSync('webhook/api-gateway.yaml', 'utf8');
const { Resources } = readTemplate('webhook/api-gateway.yaml');
/** What moto leaves out without a word. */
const unknown = new Set([
  'AWS::ApiGateway::Stage',
  'AWS::CloudWatch::Alarm',
  'AWS::WAFv2::WebACLAssociation',
]);

interface Listing {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How each service is asked for all that it holds. */
const listings = {
  lambda: { path: '/2015-03-31/functions' },
  apigateway: { path: '/restapis' },
  iam: {
    path: '/',
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=ListRoles&Version=2010-05-08',
  },
  logs: {
    path: '/',
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.DescribeLogGroups',
    },
    body: '{}',
  },
};
const services = Object.keys(listings) as (keyof typeof listings)[];

interface FunctionList {
  readonly Functions: readonly { readonly Environment: { readonly Variables: object } }[];
}

/** The expression by which a registration leaves out its own namespace and others. */
const excluding = (...others: string[]) => ({
  key: 'kubernetes.io/metadata.name',
  operator: 'NotIn',
  values: [...others, 'image-detour'],
});

const folder = mkdtempSync(join(tmpdir(), 'detour-stack-'));
let moto: Moto;
beforeAll(async () => {
  moto = await startMoto(folder);
});
afterAll(async () => {
  await moto.stop();
  rmSync(folder, { recursive: true });
});

describe.each(['us-east-1', 'cn-northwest-1'])('a stack in %s', (region) => {
  const StackName = 'image-detour';
  const Capabilities = ['CAPABILITY_IAM' as const];
  let client: CloudFormationClient;
  beforeAll(() => {
    client = new CloudFormationClient({ ...moto, region, maxAttempts: 1 });
  });

  const find = async () => {
    const answer = await client
      .send(new DescribeStacksCommand({ StackName }))
      .catch(() => undefined);
    return answer?.Stacks?.[0];
  };
  const whenIn = (status: string) =>
    until(status, async () => {
      const stack = await find();
      return stack?.StackStatus === status && stack;
    });
  async function outputs(): Promise<Record<string, string>> {
    const found = (await find())?.Outputs ?? [];
    return Object.fromEntries(found.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  }
  async function madeResources(): Promise<(string | undefined)[]> {
    const { StackResourceSummaries = [] } = await client.send(
      new ListStackResourcesCommand({ StackName }),
    );
    return StackResourceSummaries.map(({ LogicalResourceId }) => LogicalResourceId);
  }
  async function list(service: keyof typeof listings): Promise<string> {
    const { path, ...init }: Listing = listings[service];
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request`;
    const headers = { ...init.headers, authorization };
    return (await fetch(moto.endpoint + path, { ...init, headers })).text();
  }
  /** The services that have something of the stack. */
  async function holders(): Promise<string[]> {
    const texts = await Promise.all(services.map(list));
    return services.filter((_, index) => texts[index]?.includes(StackName));
  }
  async function environment(): Promise<object | undefined> {
    const { Functions }: FunctionList = JSON.parse(await list('lambda'));
    return Functions[0]?.Environment.Variables;
  }

  test('is made with default parameters, and has every resource', async () => {
    await client.send(
      new CreateStackCommand({ StackName, TemplateBody: templateBody, Capabilities }),
    );
    await whenIn('CREATE_COMPLETE');
    const made = await madeResources();
    for (const [name, { Type }] of Object.entries<Record<string, string>>(Resources)) {
      if (unknown.has(String(Type))) continue;
      expect(made, name).toContain(name);
    }
    expect(await holders()).toEqual(services);
  });

  test('says the URL and the configuration for the cluster', async () => {
    const { APIGateWayURL = '', WebhookConfiguration = '' } = await outputs();
    const id = (await find())?.StackId?.split('/')[2];
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    const host = `[a-z0-9]{10}\\.execute-api\\.${region}\\.amazonaws\\.com`;
    expect(APIGateWayURL).toMatch(new RegExp(`^https://${host}/call/${id}$`));
    const [webhook] = JSON.parse(WebhookConfiguration).webhooks;
    expect(webhook.clientConfig).toEqual({ url: APIGateWayURL });
    expect(webhook.timeoutSeconds).toBe(3);
    expect(webhook.objectSelector.matchExpressions[0].values).toEqual(['disabled']);
    expect(webhook.namespaceSelector.matchExpressions[0]).toEqual(excluding('kube-system'));
  });

  test('is changed by other parameters', async () => {
    const changes = {
      PathToken: 'none',
      MirrorRegistry: 'mirror.example.com',
      Rules: '{"rules":[{"from":"ghcr.io","to":"${mirror}/ghcr"}]}',
      OptOutLabel: 'false',
      IncludeKubeSystem: 'true',
      WebhookTimeoutSeconds: '10',
    };
    const Parameters: Parameter[] = Object.entries(changes).map(([key, value]) => ({
      ParameterKey: key,
      ParameterValue: value,
    }));
    await client.send(
      new UpdateStackCommand({ StackName, TemplateBody: templateBody, Capabilities, Parameters }),
    );
    await whenIn('UPDATE_COMPLETE');
    const { APIGateWayURL = '', WebhookConfiguration = '' } = await outputs();
    expect(APIGateWayURL).toMatch(/\/call$/);
    expect(JSON.parse(WebhookConfiguration).webhooks[0]).toMatchObject({
      timeoutSeconds: 10,
      objectSelector: {},
      namespaceSelector: { matchExpressions: [excluding(), { key: 'image-detour' }] },
    });
    expect(await environment()).toEqual({ MIRROR: changes.MirrorRegistry, RULES: changes.Rules });
  });

  test('leaves nothing when it is deleted', async () => {
    await client.send(new DeleteStackCommand({ StackName }));
    await until('it is gone', async () => {
      const stack = await find();
      return stack === undefined || stack.StackStatus === 'DELETE_COMPLETE';
    });
    // moto cannot delete a REST API; CloudFormation deletes whatever is not retained.
    expect(await holders()).toEqual(['apigateway']);
    expect(Object.values(Resources)).not.toContainEqual(
      expect.objectContaining({ DeletionPolicy: expect.stringMatching(/^Retain/) }),
    );
  });
});
