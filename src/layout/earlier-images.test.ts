import { expect, test } from 'vitest';
import { digestOf } from '../registry/digest.ts';
import { loadRules } from '../rules/load.ts';
import { EarlierImages } from './earlier-images.ts';
import type { Layout } from './layout.ts';

const rules = `version: 1
rules:
  - from: docker.io
    to: mirror.example/hub
`;

test('a repository of the mirror is asked once for a blob that many of its tags share', async () => {
  const { ruleSet } = loadRules(rules);
  if (ruleSet === undefined) throw new Error('the rules are wrong');
  const images = Array.from({ length: 500 }, (_, at) => `docker.io/org/app:${at}`);
  const layout = {
    registry: 'oci-archive:more.tar',
    leftOut: () => Promise.resolve({ archive: 'images.tar', images }),
  } as unknown as Layout;
  const asked: string[] = [];
  const hasBlob = ({ name }: { readonly name: string }) => {
    asked.push(name);
    return Promise.resolve(false);
  };
  const to = { registry: 'mirror.example', name: 'hub/org/other' };
  const blob = { digest: digestOf(Buffer.from('a layer')), size: 7 };
  const place = new EarlierImages({ hasBlob }, layout, ruleSet).placeOf(to, blob);
  await expect(place).rejects.toThrow('import images.tar first');
  expect(asked).toEqual(['hub/org/other', 'hub/org/app']);
});
