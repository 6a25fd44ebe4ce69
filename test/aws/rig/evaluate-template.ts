import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';

/** Place is where a stack is, for the pseudo parameters. */
export interface Place {
  readonly region: string;
  readonly account: string;
  readonly stackName: string;
}

const noValue = Symbol('AWS::NoValue');

/** Resource is one that a stack has, evaluated. */
export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template holds anything
  readonly Properties: any;
}

/**
 * Evaluates the resources of a CloudFormation template with parameters, for what moto cannot create
 * and for China, whose partition moto does not know. It has the functions that our templates use. A
 * reference to a resource is its logical name.
 */
export function evaluateResources(
  file: string,
  given: Readonly<Record<string, string>>,
  { region, account, stackName }: Place,
): Record<string, Resource> {
  const document = parseDocument(readFileSync(file, 'utf8'), { logLevel: 'silent' });
  const isChina = region.startsWith('cn-');
  const references: Record<string, unknown> = {
    'AWS::AccountId': account,
    'AWS::NoValue': noValue,
    'AWS::Partition': isChina ? 'aws-cn' : 'aws',
    'AWS::Region': region,
    'AWS::StackName': stackName,
    'AWS::URLSuffix': isChina ? 'amazonaws.com.cn' : 'amazonaws.com',
  };
  const { Parameters } = document.toJS();
  for (const [name, { Default }] of Object.entries<{ Default?: unknown }>(Parameters))
    references[name] = given[name] ?? Default;

  const refer = (name: string) => references[name] ?? name;
  const substitute = (text: string, more: Readonly<Record<string, unknown>> = {}) =>
    text.replaceAll(/\$\{([^}!]+)\}/g, (_, name) => String(more[name] ?? refer(name)));
  const holds = (name: string) => evaluate(document.getIn(['Conditions', name], true) as Node);

  const functions: Readonly<Record<string, (value: never) => unknown>> = {
    '!Equals': ([one, other]: [unknown, unknown]) => one === other,
    '!GetAtt': (path: string) => path,
    '!If': ([condition, yes, no]: [string, unknown, unknown]) => (holds(condition) ? yes : no),
    '!Not': ([value]: [boolean]) => !value,
    '!Ref': refer,
    '!Select': ([index, list]: [number, readonly unknown[]]) => list[index],
    '!Split': ([separator, text]: [string, string]) => text.split(separator),
    '!Sub': (value: string | [string, Record<string, unknown>]) =>
      typeof value === 'string' ? substitute(value) : substitute(...value),
  };

  function evaluate(node: Node): unknown {
    const value = plain(node);
    const call = functions[node.tag ?? ''];
    if (call !== undefined) return call(value as never);
    return Array.isArray(value) ? value.filter((item) => item !== noValue) : value;
  }

  function plain(node: Node): unknown {
    if (isScalar(node)) return node.value;
    if (isSeq<Node>(node)) return node.items.map(evaluate);
    if (!isMap<{ value: string }, Node>(node)) return undefined;
    const entries = node.items.map(({ key, value }) => [key.value, value && evaluate(value)]);
    return Object.fromEntries(entries.filter(([, value]) => value !== noValue));
  }

  const resources = evaluate(document.get('Resources', true) as Node) as Readonly<
    Record<string, Resource & { readonly Condition?: string }>
  >;
  return Object.fromEntries(
    Object.entries(resources).filter(([, { Condition }]) => !Condition || holds(Condition)),
  );
}
