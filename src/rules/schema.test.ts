import { toJsonSchema } from '@valibot/to-json-schema';
import { expect, test } from 'vitest';
import { rulesFileSchema } from './schema.ts';

test('the JSON Schema is what the schema says (npm test -- --update writes it anew)', async () => {
  const schema = {
    $id: 'https://image-detour.io/detour.schema.json',
    title: 'image-detour rules file',
    // JSON Schema has no word for what these check.
    ...toJsonSchema(rulesFileSchema, { ignoreActions: ['check'] }),
  };
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
    '../../schema/detour.schema.json',
  );
});
