import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { patternValues } from '../../test/support/pattern-values.ts';
import { chooseRules } from './rules.ts';

const files = ['api-gateway.yaml', 'sam/template.yaml', 'sam/function-url.yaml'].map(
  (file) => `webhook/${file}`,
);
const readTemplate = (file: string) => parse(readFileSync(file, 'utf8'), { logLevel: 'silent' });
const gateway = readTemplate('webhook/api-gateway.yaml');
const sam = readTemplate('webhook/sam/template.yaml');
const job = readTemplate('deploy/codebuild.yaml');

describe.each(patternValues)('$parameter of $template', ({ template, parameter, right, wrong }) => {
  const { AllowedPattern, ConstraintDescription, Default } =
    readTemplate(template).Parameters[parameter];
  const pattern = new RegExp(AllowedPattern);

  test.each([Default, ...right].filter((value) => value !== undefined))('takes "%s"', (value) => {
    expect(value).toMatch(pattern);
  });

  test.each(wrong)('refuses "%s", and says what it takes', (value) => {
    expect(value).not.toMatch(pattern);
    expect(ConstraintDescription.length).toBeGreaterThan(10);
  });
});

test('whatever MirrorRegistry takes is a mirror', () => {
  const pattern = new RegExp(gateway.Parameters.MirrorRegistry.AllowedPattern);
  const mirror = fc.stringMatching(pattern).filter(({ length }) => length <= 200);
  const property = fc.property(mirror, (MIRROR) => {
    expect(chooseRules({ MIRROR })).toMatchObject({ isValid: true, diagnostics: [] });
  });
  fc.assert(property, { numRuns: 300 });
});

test('every pattern is anchored, and none needs what Java and JavaScript read differently', () => {
  for (const file of [...files, 'deploy/codebuild.yaml']) {
    const parameters = Object.values<Record<string, string>>(readTemplate(file).Parameters);
    for (const { AllowedPattern, ConstraintDescription } of parameters) {
      if (AllowedPattern === undefined) continue;
      expect(AllowedPattern).toMatch(/^\^.*\$$/);
      expect(AllowedPattern).not.toMatch(/\(\?|\\[dwDWpP]|&&|\[[^\]]*\[/);
      expect(ConstraintDescription).toBeDefined();
    }
  }
});

type Values = Readonly<Record<string, string | readonly string[]>>;

/** Evaluates the functions of a template's Rules that ours use, as the template is read here. */
function holds(term: unknown, values: Values): boolean {
  const resolve = (item: unknown) => values[String(item)] ?? item;
  if (Array.isArray(term)) {
    if (term.length === 1) return !holds(term[0], values);
    return resolve(term[0]) === resolve(term[1]);
  }
  const [list, wanted] = (term as { 'Fn::EachMemberEquals': unknown[] })['Fn::EachMemberEquals'];
  return (resolve(list) as string[]).every((item) => item === wanted);
}

const [everybody, office] = [['0.0.0.0/0'], ['203.0.113.10/32', '0.0.0.0/0']];
interface TemplateRule {
  readonly RuleCondition: unknown;
  readonly Assertions: readonly { readonly Assert: unknown; readonly AssertDescription: string }[];
}

test.each<[string, { readonly Rules: Readonly<Record<string, TemplateRule>> }, Values, boolean]>([
  ['SAM', sam, { ApiType: 'http', AllowedCidrs: everybody }, true],
  ['SAM', sam, { ApiType: 'http', AllowedCidrs: office }, false],
  ['SAM', sam, { ApiType: 'rest', AllowedCidrs: office }, true],
  ['the template', gateway, { VpcEndpointId: '', AllowedCidrs: office }, true],
  ['the template', gateway, { VpcEndpointId: 'vpce-0', AllowedCidrs: everybody }, true],
  ['the template', gateway, { VpcEndpointId: 'vpce-0', AllowedCidrs: office }, false],
])('an AllowedCidrs without effect is refused: %s %#', (_, { Rules }, values, isTaken) => {
  const taken = Object.values(Rules).flatMap(({ RuleCondition, Assertions }) =>
    Assertions.map(({ Assert, AssertDescription }) => {
      expect(AssertDescription).toContain('AllowedCidrs');
      return !holds(RuleCondition, values) || holds(Assert, values);
    }),
  );
  expect(taken).toEqual([isTaken]);
});

test.each([gateway, job])('the console groups and labels every parameter', (template) => {
  const { ParameterGroups, ParameterLabels } = template.Metadata['AWS::CloudFormation::Interface'];
  const names = Object.keys(template.Parameters).toSorted();
  const grouped = ParameterGroups.flatMap(({ Parameters }: { Parameters: string[] }) => Parameters);
  expect(grouped.toSorted()).toEqual(names);
  expect(Object.keys(ParameterLabels).toSorted()).toEqual(names);
});

test.each(files)('in %s, an alarm for the rules is off until it has a topic', (file) => {
  const { Parameters, Resources, Conditions } = readTemplate(file);
  expect(Parameters.AlarmTopicArn.Default).toBe('');
  expect(Conditions.HasAlarm).toEqual([['AlarmTopicArn', '']]);
  const { Condition, Properties } = Resources.RulesAlarm;
  expect(Condition).toBe('HasAlarm');
  expect(Properties).toMatchObject({
    Namespace: 'ImageDetour',
    MetricName: 'RulesFailures',
    Dimensions: [{ Name: 'FunctionName', Value: 'Function' }],
    AlarmActions: ['AlarmTopicArn'],
  });
});

test.each(['webhook/api-gateway.yaml', 'webhook/sam/template.yaml'])(
  'the console shows the ICP licence before %s is created',
  (file) => {
    const { Description } = readTemplate(file);
    expect(Description).toContain('ICP');
    expect(Description.length).toBeLessThan(1024);
  },
);

test('what the job of CodeBuild runs is this version, on a Node.js that it supports', () => {
  const { version, engines } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(job.Parameters.Package.Default).toBe(`image-detour@${version}`);
  const { phases } = parse(job.Resources.Project.Properties.Source.BuildSpec);
  expect(phases.install['runtime-versions'].nodejs).toBeGreaterThan(
    Number.parseFloat(engines.node.slice(2)),
  );
});
