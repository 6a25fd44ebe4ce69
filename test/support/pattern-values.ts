/** PatternValues are values that a parameter of a template takes and refuses. */
export interface PatternValues {
  readonly template: string;
  readonly parameter: string;
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

/** Lists, for parameters that people get wrong, what they take and what they refuse. */
export const patternValues: readonly PatternValues[] = [
  {
    template: 'api-gateway.yaml',
    parameter: 'MirrorRegistry',
    right: [
      '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn',
      'mirror.example.com',
      'mirror.example.com:5000',
      'mirror.example.com/team/a_b-c.d',
      '10.0.0.5:5000',
      '10.0.0.5/x',
      'mirror:5000',
      'localhost:5000/a__b/c--d',
      'xn--fiq228c.example',
    ],
    wrong: [
      '',
      'https://mirror.example.com',
      'http://mirror:5000',
      'mirror.example.com/',
      '/mirror.example.com',
      'mirror.example.com//x',
      'a//x',
      'mirror',
      'mirror/path',
      'localhost',
      'mirror.example.com:',
      'mirror.example.com:port',
      'mirror.example.com:123456',
      'mirror..example.com',
      '.example.com',
      'mirror.example.com.',
      '-mirror.example.com',
      'mirror-.example.com',
      'mirror_a.example.com',
      'Mirror.example.com',
      'mirror.example.com/Team',
      'mirror.example.com/-x',
      'mirror.example.com/x:1',
      'mirror.example.com/x@sha256',
      ' mirror.example.com',
      'mirror.example.com ',
      'mirror.example.com\n',
      'a.io,b.io',
      '"mirror.example.com"',
    ],
  },
  {
    template: 'api-gateway.yaml',
    parameter: 'Rules',
    right: ['{}', '{"rules":[{"from":"ghcr.io","to":"${mirror}/ghcr"}]}', ' {"a":\n1}\n'],
    wrong: ['{', '"{}"', "'{}'", '[]', 'version: 1', '{"rules":['],
  },
  {
    template: 'sam/template.yaml',
    parameter: 'Rules',
    right: [
      '{"version":1,"rules":[]}',
      'version: 1\nrules: []\n',
      'version: 1\nrules:\n  - from: a',
    ],
    wrong: ['{', '{"version":1', 'version: 1', 'rule: []', 'my-rules-of.yaml:'],
  },
  {
    template: 'api-gateway.yaml',
    parameter: 'AllowedCidrs',
    right: ['203.0.113.10/32', '10.0.0.0/8', '2001:db8::/32', '::/0', '255.255.255.255/32'],
    wrong: [
      '',
      '*',
      '10.0.0.0',
      '10.0.0/8',
      '256.0.0.1/32',
      '10.0.0.0/33',
      '2001:db8::',
      'a::/129',
    ],
  },
  {
    template: 'api-gateway.yaml',
    parameter: 'WebAclArn',
    right: ['arn:aws-cn:wafv2:cn-north-1:123456789012:regional/webacl/name/0a1b-2c'],
    wrong: ['name', 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/name/id'],
  },
  {
    template: 'api-gateway.yaml',
    parameter: 'AlarmTopicArn',
    right: ['arn:aws-cn:sns:cn-northwest-1:123456789012:on-call'],
    wrong: ['on-call', 'arn:aws:sns:us-east-1:123456789012:on-call:0a1b', 'mail@example.com'],
  },
  {
    template: 'sam/template.yaml',
    parameter: 'RulesObject',
    right: ['my-bucket/image-detour/rules.yaml'],
    wrong: ['s3://my-bucket/rules.yaml', 'my-bucket', 'arn:aws:s3:::my-bucket/rules.yaml'],
  },
  {
    template: 'sam/template.yaml',
    parameter: 'RulesParameter',
    right: ['/image-detour/rules'],
    wrong: [
      'image-detour',
      'ssm:/image-detour/rules',
      'arn:aws:ssm:us-east-1:123456789012:parameter/a',
    ],
  },
];
