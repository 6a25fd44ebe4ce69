import { expect, test } from 'vitest';
import { isEcrHost } from './ecr-host.ts';

test.each([
  '048912060910.dkr.ecr.cn-northwest-1.amazonaws.com.cn',
  '602401143452.dkr.ecr.us-west-2.amazonaws.com',
  '602401143452.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
  '602401143452.dkr-ecr.eu-west-1.on.aws',
  '602401143452.dkr.ecr.eusc-de-east-1.amazonaws.eu',
])('%s wants a login', (host) => {
  expect(isEcrHost(host)).toBe(true);
});

test.each([
  'public.ecr.aws',
  'mirror.example',
  '602401143452.dkr.ecr.us-west-2.amazonaws.com.evil.example',
  'x602401143452.dkr.ecr.us-west-2.amazonaws.com',
])('%s is no private registry of ECR', (host) => {
  expect(isEcrHost(host)).toBe(false);
});
