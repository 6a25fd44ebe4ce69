import { execFileSync } from 'node:child_process';
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { answerReview } from '../../test/support/answer-review.ts';
import { unpackFunction, withUnpackedFunction } from '../../test/support/unpack-function.ts';
import { buildWebhookConfiguration } from '../admission/webhook-configuration.ts';
import { defaultRulesText } from '../rules/default.ts';
import { loadRules } from '../rules/load.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import type { handler as lambdaHandler } from './handler.ts';

const text = readFileSync('webhook/api-gateway.yaml', 'utf8');
/** Parses a template. CloudFormation's short forms (`!Ref X`) are read as their arguments. */
const readTemplate = (yaml: string) => parse(yaml, { logLevel: 'silent' });
const template = readTemplate(text);
const { Parameters: parameters, Resources: resources, Outputs: outputs } = template;
const code: string = resources.Function.Properties.Code.ZipFile;

const make = (...options: string[]): string =>
  execFileSync(process.execPath, ['scripts/build-lambda.js', ...options], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

test.each([
  ['webhook/api-gateway.yaml', 'api-gateway.yaml'],
  ['webhook/sam/template.yaml', 'sam.yaml'],
  ['webhook/sam/function-url.yaml', 'function-url.yaml'],
])('%s is what the code makes (npm run build:lambda writes it anew)', (file, source) => {
  const written = withUnpackedFunction(readFileSync(file, 'utf8'));
  expect(written).toBe(withUnpackedFunction(make('--print', source)));
});

test('with SAM, the REST API and all around the function are as in the template', () => {
  const sam = readTemplate(readFileSync('webhook/sam/template.yaml', 'utf8'));
  for (const name of ['LogGroup', 'Stage', 'Path', 'Method']) {
    const { Condition: _, ...resource } = sam.Resources[name];
    const { Condition: __, ...same } = resources[name];
    const inGateway = JSON.stringify(same).replaceAll(/Deployment[0-9a-f]{10}/g, 'Deployment');
    const inSam = JSON.stringify(resource)
      .replaceAll(/Deployment[0-9a-f]{10}/g, 'Deployment')
      .replace('HasRestPath', 'HasPath');
    expect(inSam, name).toBe(inGateway);
  }
  const { Timeouts } = template.Mappings;
  expect(sam.Mappings.Timeouts).toEqual(Timeouts);
  for (const name of ['PathToken', 'WebhookTimeoutSeconds', 'ReservedConcurrency', 'MemorySize']) {
    expect(sam.Parameters[name]).toEqual(parameters[name]);
  }
});

test('the rules that SAM packs are the default ones, to begin with', () => {
  const packed = readFileSync('webhook/sam/rules.yaml', 'utf8');
  expect(parse(packed)).toEqual(parse(defaultRulesText));
});

test('the function comes out of the template byte for byte', () => {
  expect(unpackFunction(text)).toBe(make('--print-code'));
  // With !Sub, CloudFormation would replace what is in braces in the code.
  expect(text).toContain('\n        ZipFile: |\n');
});

test('the template can be passed as --template-body, and anything reads it', () => {
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(51_200);
  expect(text).toMatch(/^[\n -~]*$/);
  // A cold start loads all of it.
  expect(unpackFunction(text).length).toBeLessThanOrEqual(50_000);
});

test('the function has no package in it', () => {
  const source = unpackFunction(text);
  const required = [...source.matchAll(/\brequire\(([^)]*)\)/g)].map(([, name]) => name);
  expect(required).toEqual(['"node:fs"']);
  // Texts of a YAML or schema library.
  expect(source).not.toMatch(/%YAML|BLOCK_AS_IMPLICIT_KEY|strict_object/);
});

const folder = mkdtempSync(join(tmpdir(), 'lambda-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Loads the code as a separate file, as Lambda has it. */
function load(name: string, environment: Record<string, string> = {}): typeof lambdaHandler {
  for (const [key, value] of Object.entries(environment)) vi.stubEnv(key, value);
  const file = join(folder, `${name}.cjs`);
  writeFileSync(file, code);
  const output = vi.spyOn(fs, 'writeSync').mockImplementation((_, bytes) => bytes.length);
  const { handler } = createRequire(import.meta.url)(file);
  output.mockRestore();
  vi.unstubAllEnvs();
  return handler;
}

async function answer(handler: typeof lambdaHandler, body: string) {
  const output = vi.spyOn(fs, 'writeSync').mockImplementation((_, bytes) => bytes.length);
  const { statusCode, body: answered } = await handler({ httpMethod: 'POST', body });
  output.mockRestore();
  expect(statusCode).toBe(200);
  return answered;
}

const reviews = 'test/fixtures/admission-reviews';
const readReview = (name: string) =>
  JSON.stringify(JSON.parse(readFileSync(join(reviews, name), 'utf8')).review);
const patchOf = (body: string) =>
  JSON.parse(Buffer.from(JSON.parse(body).response.patch, 'base64').toString());

test('the function in the template answers as everything else does', async () => {
  const handler = load('default');
  const { ruleSet } = loadRules(defaultRulesText);
  const files = readdirSync(reviews).filter((name) => name.endsWith('.json'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const body = readReview(file);
    expect(await answer(handler, body)).toBe(answerReview(body, ruleSet as RuleSet).body);
  }
  expect(patchOf(await answer(handler, readReview('001-v1-CREATE-pods.json')))).toEqual([
    {
      op: 'replace',
      path: '/spec/containers/0/image',
      value: `${parameters.MirrorRegistry.Default}/gcr/google_containers/coredns:1.3.1`,
    },
  ]);
});

test('the parameters become its rules', async () => {
  const variables = resources.Function.Properties.Environment.Variables;
  expect(variables).toEqual({
    MIRROR: 'MirrorRegistry',
    RULES: ['HasRules', 'Rules', 'AWS::NoValue'],
  });
  const RULES = '{"rules":[{"from":"k8s.gcr.io","to":"${mirror}/k8s"}]}';
  const handler = load('parameters', { MIRROR: 'm.example', RULES });
  const body = await answer(handler, readReview('001-v1-CREATE-pods.json'));
  expect(patchOf(body)[0].value).toBe('m.example/k8s/coredns:1.3.1');
});

test('the default mirror is the one of the default rules', () => {
  expect(parameters.MirrorRegistry.Default).toBe(parse(defaultRulesText).mirror);
});

test('what a registration leaves out is chosen by parameters', () => {
  const AllowedValues = ['true', 'false'];
  expect(parameters.OptOutLabel).toMatchObject({ Default: 'true', AllowedValues });
  expect(parameters.IncludeKubeSystem).toMatchObject({ Default: 'false', AllowedValues });
  expect(template.Conditions).toMatchObject({
    HasOptOutLabel: ['OptOutLabel', 'true'],
    IncludesKubeSystem: ['IncludeKubeSystem', 'true'],
  });
});

test.each([
  [true, false],
  [false, false],
  [true, true],
])(
  'with OptOutLabel %s and IncludeKubeSystem %s, the webhook configuration is the same as in a cluster',
  (optOutLabel, includeKubeSystem) => {
    const [configuration, { ObjectSelector, Excluded, ...variables }] =
      outputs.WebhookConfiguration.Value;
    const [url, sameVariables] = outputs.APIGateWayURL.Value;
    expect(url).toBe('https://${Host}.execute-api.${AWS::Region}.${AWS::URLSuffix}/call${Segment}');
    expect(variables).toEqual(sameVariables);
    const choose = ([condition, ifTrue, ifFalse]: string[], name: string, isTrue: boolean) => {
      expect(condition).toBe(name);
      return isTrue ? ifTrue : ifFalse;
    };
    const timeout = String(parameters.WebhookTimeoutSeconds.Default);
    const text = configuration
      .replace('${WebhookTimeoutSeconds}', timeout)
      .replace('${ObjectSelector}', choose(ObjectSelector, 'HasOptOutLabel', optOutLabel))
      .replace('${Excluded}', choose(Excluded, 'IncludesKubeSystem', includeKubeSystem));
    const wanted = buildWebhookConfiguration({
      name: 'image-detour',
      address: { url },
      caBundle: undefined,
      kubernetes: 36,
      failurePolicy: 'Ignore',
      timeoutSeconds: 3,
      excludedNamespaces: [...(includeKubeSystem ? [] : ['kube-system']), 'image-detour'],
      optOutLabel,
    }) as { webhooks: object[] };
    const [webhook] = wanted.webhooks;
    // An empty selector is the same as none.
    const webhooks = [{ ...webhook, ...(!optOutLabel && { objectSelector: {} }) }];
    // On one line, nothing that shows the output can break it.
    expect(text.trimEnd()).not.toContain('\n');
    expect(JSON.parse(text)).toEqual({ ...wanted, webhooks });
  },
);

// Faults of the templates that the project began with. The numbers are those of the issue.

test('fault 1: the runtime can be created for years', () => {
  expect(resources.Function.Properties.Runtime).toBe('nodejs24.x');
});

test('fault 2: the endpoint is unlisted, and can be limited to networks and in its rate', () => {
  expect(parameters.PathToken.Default).toBe('auto');
  const [statement, ...others] = resources.Api.Properties.Policy.Statement;
  expect(others).toEqual([]);
  expect(statement.Condition).toEqual([
    'IsPrivate',
    { StringEquals: { 'aws:SourceVpce': 'VpcEndpointId' } },
    { IpAddress: { 'aws:SourceIp': 'AllowedCidrs' } },
  ]);
  expect(resources.WebAclAssociation.Properties.WebACLArn).toBe('WebAclArn');
  expect(resources.Function.Properties.ReservedConcurrentExecutions).toContain(
    'ReservedConcurrency',
  );
  expect(resources.Stage.Properties.MethodSettings).toEqual([
    {
      HttpMethod: '*',
      ResourcePath: '/*',
      ThrottlingRateLimit: 'ThrottleRate',
      ThrottlingBurstLimit: 'ThrottleBurst',
    },
  ]);
});

test('fault 3: logs are in a group of their own, and end', () => {
  expect(resources.LogGroup.Properties.RetentionInDays).toBe('LogRetentionDays');
  expect(resources.Function.Properties.LoggingConfig.LogGroup).toBe('LogGroup');
});

test('fault 4: each waits less long than the one that waits for it', () => {
  const { Timeout, MemorySize } = resources.Function.Properties;
  expect(Timeout).toEqual(['Timeouts', 'WebhookTimeoutSeconds', 'Function']);
  const { TimeoutInMillis } = resources.Method.Properties.Integration;
  // A value that a parameter changes would need a new deployment of the API.
  expect(TimeoutInMillis).toBe(9900);
  expect(outputs.WebhookConfiguration.Value[0]).toContain(
    '"timeoutSeconds":${WebhookTimeoutSeconds},',
  );
  const { Timeouts } = template.Mappings;
  expect(Object.keys(Timeouts)).toEqual(parameters.WebhookTimeoutSeconds.AllowedValues);
  for (const [webhook, limits] of Object.entries<Record<string, number>>(Timeouts)) {
    expect(limits.Function).toBeLessThan(Number(webhook));
    expect(limits.Function! * 1000).toBeLessThan(TimeoutInMillis);
  }
  expect(MemorySize).toBe('MemorySize');
  expect(parameters.MemorySize.Default).toBe(256);
});

test('fault 5: it is for every partition, and the role may write its log and no more', () => {
  expect(text).not.toMatch(/arn:aws|amazonaws\.com\/|ManagedPolicyArns/);
  expect(text.match(/(?<![(])\barn:[^:.]+/g)?.every((arn) => arn === 'arn:${AWS')).toBe(true);
  const { AssumeRolePolicyDocument, Policies } = resources.Role.Properties;
  const documents = [AssumeRolePolicyDocument, resources.Api.Properties.Policy];
  for (const { Version } of [...documents, Policies[0].PolicyDocument]) {
    expect(Version).toBe('2012-10-17');
  }
  const statements = Policies.flatMap(
    (policy: { PolicyDocument: { Statement: unknown[] } }) => policy.PolicyDocument.Statement,
  );
  expect(statements).toEqual([
    expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
  ]);
  expect(statements[0].Resource).toMatch(/:log-group:\/image-detour\/\$\{AWS::StackName\}:\*$/);
});

test('fault 6: a deployment is named after what it shows', () => {
  const names = Object.keys(resources).filter((name) => name.startsWith('Deployment'));
  expect(names).toEqual([expect.stringMatching(/^Deployment[0-9a-f]{10}$/)]);
  expect(resources.Stage.Properties.DeploymentId).toBe(names[0]);
  expect(resources.Stage.Properties.StageName).toBe('call');
});

test('fault 7: the output has the name that is documented', () => {
  expect(Object.keys(outputs)).toEqual(['APIGateWayURL', 'WebhookConfiguration', 'DeployAgain']);
});

test('fault 8: certificates are checked by the system, and ephemeral containers are seen', () => {
  const [configuration] = outputs.WebhookConfiguration.Value;
  const { webhooks } = JSON.parse(configuration.replace(/(?<=:)\$\{\w+\}/g, 'null'));
  expect(webhooks[0].clientConfig).not.toHaveProperty('caBundle');
  expect(webhooks[0].rules[0].resources).toContain('pods/ephemeralcontainers');
});

test('fault 21: where the mirror may lack an image, Pods can carry what was written, and rules can keep it', async () => {
  const RULES = '{"annotate":true,"rules":[{"from":"quay.io/not-mirrored","keep":true}]}';
  const handler = load('annotate', { RULES });
  const patch = patchOf(await answer(handler, readReview('001-v1-CREATE-pods.json')));
  const annotation = JSON.stringify(patch.filter(({ op }: { op: string }) => op === 'add'));
  expect(annotation).toContain('image-detour/original-images');
  expect(annotation).toContain('k8s.gcr.io/coredns:1.3.1');
  const kept = readReview('001-v1-CREATE-pods.json').replaceAll(
    'k8s.gcr.io',
    'quay.io/not-mirrored',
  );
  expect(JSON.parse(await answer(handler, kept)).response).not.toHaveProperty('patch');
});
