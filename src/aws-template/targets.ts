import type { Diagnostic } from '../rules/diagnostic.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { madeBy, notExpressible, type Target } from '../target/contract/target.ts';
import { readTemplateSource } from './source.ts';
import { buildTemplate, type TemplateName } from './template.ts';

/*
 * The webhook on AWS with a rules file in it. These targets read files of the package, so they are
 * not with those of src/target/, which run in a browser.
 */

const root = new URL('../../', import.meta.url);
/** The most that CloudFormation takes as --template-body, and from a bucket, in bytes. */
const [maxBody, maxTemplate] = [51_200, 1_000_000];
const all = 'yes';

function templateTarget(
  name: string,
  template: TemplateName,
  { title, deploy }: { readonly title: string; readonly deploy: string },
): Target {
  return {
    name,
    title,
    abilities: {
      paths: all,
      wildcards: all,
      keep: all,
      deny: all,
      library: all,
      namespaces: all,
      bypass: all,
    },
    takes: ['excludeNamespace'],
    compile(ruleSet, { excludeNamespace }) {
      const comment = `# ${madeBy(name)} Deploy it:\n#   ${deploy}\n`;
      const text = comment + withoutHead(build(template, ruleSet, excludeNamespace));
      return { documents: [{ path: `${name}.yaml`, text }], diagnostics: reportSize(text) };
    },
  };
}

function build(
  template: TemplateName,
  { file, exits }: RuleSet,
  excludeNamespace: readonly string[],
): string {
  const rules = { file, areFinal: true, optOutLabel: exits.has('label'), excludeNamespace };
  return buildTemplate(template, readTemplateSource(root), rules);
}

/** Returns a template without its first comment, which explains the one in the clone. */
function withoutHead(template: string): string {
  return template.replace(/^(#.*\n)+/, '');
}

function reportSize({ length }: string): Diagnostic[] {
  if (length <= maxBody) return [];
  const size = `the template has ${length} bytes`;
  if (length > maxTemplate) {
    const message = `${size}, and CloudFormation takes ${maxTemplate}: use detour serve, or SAM with RulesObject`;
    return [notExpressible(undefined, message)];
  }
  const message = `${size}, more than ${maxBody}: upload it in the console, or deploy it with --s3-bucket BUCKET`;
  return [{ ...notExpressible(undefined, message), severity: 'note' }];
}

/** awsTargets are the targets of `detour compile` that are templates for AWS. */
export const awsTargets: readonly Target[] = [
  templateTarget('cloudformation', 'api-gateway.yaml', {
    title: 'a CloudFormation template: the webhook on AWS Lambda behind a REST API',
    deploy:
      'aws cloudformation deploy --stack-name image-detour --template-file FILE --capabilities CAPABILITY_IAM',
  }),
  templateTarget('sam', 'sam.yaml', {
    title: 'the same for `sam deploy`, behind an HTTP API or a REST API',
    deploy:
      'sam deploy --stack-name image-detour --template-file FILE --capabilities CAPABILITY_IAM --resolve-s3',
  }),
];
