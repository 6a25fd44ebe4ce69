import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadRules } from '../../src/rules/load.ts';
import { readTemplate } from '../rig/lambda/template.ts';
import { pythonTools } from '../rig/lambda/tools.ts';
import { patternValues } from '../support/pattern-values.ts';

/** Lists each pattern with a value and whether it takes it. */
const cases = patternValues.flatMap(({ template, parameter, right, wrong }) => {
  const { AllowedPattern } = readTemplate(template).Parameters[parameter];
  const pair = (isTaken: boolean) => (value: string) => [AllowedPattern, value, isTaken] as const;
  return [...right.map(pair(true)), ...wrong.map(pair(false))];
});

test('Java, as CloudFormation reads patterns, takes and refuses the same', () => {
  const lines = cases.map(([pattern, value]) => `${btoa(pattern)} ${btoa(value)}`).join('\n');
  const answers = execFileSync('java', [join(import.meta.dirname, 'rig', 'Matches.java')], {
    input: lines,
    encoding: 'utf8',
  });
  const found = answers
    .trim()
    .split('\n')
    .map((answer, index) => [...(cases[index] ?? []), answer]);
  expect(found).toEqual(cases.map((each) => [...each, String(each[2])]));
});

/** Reads a value of --parameter-overrides with the parser of the SAM CLI. */
function readOverrides(args: readonly string[]): Record<string, string> {
  const script = [
    'import json, sys',
    'from samcli.cli.types import CfnParameterOverridesType',
    'print(json.dumps(CfnParameterOverridesType().convert(tuple(sys.argv[1:]), None, None)))',
  ].join('\n');
  const program = join(pythonTools(), 'python');
  return JSON.parse(execFileSync(program, ['-c', script, ...args], { encoding: 'utf8' }));
}

/** Returns the arguments after --parameter-overrides in a command of the guide, as a shell splits them. */
function overridesInGuide(): string[] {
  const guide = readFileSync('webhook/README.md', 'utf8');
  const [, command = ''] =
    /^sam deploy .*--parameter-overrides ((?:.*\\\n)*.*)$/m.exec(guide) ?? [];
  const script = `printf '%s\\0' ${command}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

test('the SAM CLI reads the rules of the guide whole', () => {
  const { Rules = '' } = readOverrides(overridesInGuide());
  const { ruleSet, diagnostics } = loadRules(Rules);
  expect(diagnostics).toEqual([]);
  expect(ruleSet?.rules.map(({ from }) => from)).toContain('ghcr.io');
  expect(Rules).toMatch(
    new RegExp(readTemplate('webhook/sam/template.yaml').Parameters.Rules.AllowedPattern),
  );
});

test('what the SAM CLI cuts short, the template refuses', () => {
  const { Rules = '' } = readOverrides(['Rules={"version":1,"rules":[]}']);
  expect(Rules).not.toContain('rules');
  expect(Rules).not.toMatch(
    new RegExp(readTemplate('webhook/sam/template.yaml').Parameters.Rules.AllowedPattern),
  );
});
