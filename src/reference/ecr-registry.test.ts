import { expect, test } from 'vitest';
import { ecrRegistry } from './ecr-registry.ts';

test.each([
  ['123456789012.dkr.ecr.us-east-1.amazonaws.com', 'us-east-1'],
  ['048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn', 'cn-northwest-1'],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['123456789012.dkr-ecr.ap-southeast-7.on.aws', 'ap-southeast-7'],
  ['123456789012.dkr-ecr-fips.us-west-2.on.aws', 'us-west-2'],
  ['123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn', 'cn-north-1'],
  ['123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
])('%s is a registry in %s', (host, region) => {
  expect(ecrRegistry(host)).toEqual({ host, account: host.slice(0, 12), region });
});

test('a host is known in capitals too, and stays as it was written', () => {
  const host = '123456789012.dkr.ECR.US-EAST-1.amazonaws.com';
  expect(ecrRegistry(host)).toMatchObject({ host, region: 'us-east-1' });
});

// The token would be sent there.
test.each([
  '123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example',
  '123456789012.dkr.ecr.us-east-1.amazonaws.com.cn.evil.example',
  'evil.example.123456789012.dkr.ecr.us-east-1.amazonaws.com',
  '123456789012.dkr.ecr.us-east-1.evil-amazonaws.com',
  '123456789012.dkr.ecr.evil.example#-1.amazonaws.com',
  '123456789012.dkr.ecr.us-east-1.amazonaws.com\n',
  '123456789012xdkr.ecr.us-east-1.amazonaws.com',
  '123456789012.dkr.ecr.us-east-1.amazonawsxcom',
])('%j is none', (host) => {
  expect(ecrRegistry(host)).toBeUndefined();
});

test.each([
  'public.ecr.aws',
  'docker.io',
  'localhost:5000',
  '',
  '12345678901.dkr.ecr.us-east-1.amazonaws.com',
  'dkr.ecr.us-east-1.amazonaws.com',
  '123456789012.dkr.ecr..amazonaws.com',
  '123456789012.dkr.ecr.us-east-1.amazonaws.com:443',
])('%j is not private, or not of ECR', (host) => {
  expect(ecrRegistry(host)).toBeUndefined();
});
